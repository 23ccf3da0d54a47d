import { pipeline, Readable } from "node:stream";

/**
 * Compresses chunks with gzip on a separate thread, on demand; each chunk is read after the one before was compressed.
 */
export function gzipped(chunks: Iterable<Uint8Array>): AsyncIterable<Uint8Array> {
  // Loaded when it is first needed, which saves 2 ms at the start (docs/benchmarks.md, "Single functions").
  const { createGzip } = process.getBuiltinModule("node:zlib");
  // The reader hears of errors by the iterator.
  return pipeline(Readable.from(copies(chunks)), createGzip(), () => {});
}

/** A chunk may be valid only until the next one is made, and some are on their way. */
function* copies(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) yield Uint8Array.from(chunk);
}
