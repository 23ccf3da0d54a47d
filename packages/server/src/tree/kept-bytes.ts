/*
 * Data on their way from a request or a file into the tree. Small values share a block of memory: a create uses 11.5 µs of
 * CPU time, and 13.3 if each value has memory of its own (`pnpm bench server --only create`, with MAX_SHARED_BYTES = 0). A
 * block is garbage with the last value in it; blocks are small, so a value that waits long keeps little memory alive.
 */

const BLOCK_BYTES = 2048;
/** Larger ones have memory of their own: they would leave much of a block empty. */
const MAX_SHARED_BYTES = BLOCK_BYTES / 8;

const NO_BYTES = new Uint8Array(0);

let block = new ArrayBuffer(BLOCK_BYTES);
let used = 0;

/** A copy to keep, of bytes that are valid for the moment. Never to be written to: its memory is shared. */
export function keptBytes(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  if (length === 0) return NO_BYTES;
  if (length > MAX_SHARED_BYTES) return new Uint8Array(bytes);
  if (used + length > BLOCK_BYTES) {
    block = new ArrayBuffer(BLOCK_BYTES);
    used = 0;
  }
  const kept = new Uint8Array(block, used, length);
  kept.set(bytes);
  used += length;
  return kept;
}
