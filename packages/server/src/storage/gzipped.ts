import { pipeline, Readable } from "node:stream";

/** Chunks, compressed by gzip on a thread of their own as somebody asks for them; each is read when the one before was. */
export function gzipped(chunks: Iterable<Uint8Array>): AsyncIterable<Uint8Array> {
  // Loaded for who compresses: a server starts faster without it.
  const { createGzip } = process.getBuiltinModule("node:zlib");
  // The reader hears of errors by the iterator.
  return pipeline(Readable.from(copies(chunks)), createGzip(), () => {});
}

/** A chunk may be valid only until the next one is made, and some are on their way. */
function* copies(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) yield Uint8Array.from(chunk);
}
