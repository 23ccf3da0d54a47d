import { pipeline, Readable } from "node:stream";
import { StorageError } from "./storage-error.js";

const CHUNK_BYTES = 1024 * 1024;
/** Enough to know a compression by. */
const MAGIC_BYTES = 8;
const SNAPPY_MAGIC = Buffer.from("\x82SNAPPY\0", "latin1");

/**
 * The bytes of a snapshot however it was compressed (`snapshot.compression.method`), which its first bytes tell. Throws
 * {@link StorageError} `unsupported` for Snappy; `name` is for its message.
 */
export async function* decompressed(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    let head: Uint8Array = new Uint8Array(0);
    while (head.length < MAGIC_BYTES) {
      const { done, value } = await iterator.next();
      if (done === true) break;
      head = head.length === 0 ? value : Buffer.concat([head, value]);
    }
    if (SNAPPY_MAGIC.equals(head.subarray(0, SNAPPY_MAGIC.length))) throw snappy(name);
    const whole = startingWith(head, iterator);
    // The reader hears of errors by the iterator.
    if (head[0] !== 0x1f || head[1] !== 0x8b) yield* whole;
    else yield* pipeline(Readable.from(whole), gunzip(), () => {});
  } finally {
    await iterator.return?.();
  }
}

/** Loads the module when it is first needed, which saves 2 ms at the start (docs/benchmarks.md, "Single functions"). */
function gunzip() {
  const { createGunzip } = process.getBuiltinModule("node:zlib");
  return createGunzip({ chunkSize: CHUNK_BYTES });
}

async function* startingWith(
  head: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (head.length > 0) yield head;
  for (let step = await iterator.next(); step.done !== true; step = await iterator.next()) yield step.value;
}

export function isGunzipError(error: unknown): error is Error {
  return error instanceof Error && /^Z_/.test((error as NodeJS.ErrnoException).code ?? "");
}

function snappy(name: string): StorageError {
  const message = `${name} is compressed by Snappy, which this version does not read. Have Apache ZooKeeper write one with snapshot.compression.method=gz or without compression.`;
  return new StorageError("unsupported", message, { path: name });
}
