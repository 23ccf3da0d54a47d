import { JuteWriter, OpCode, writeMultiEnd, writeMultiHeader } from "@conclave/protocol";
import type { Sent, Unsent } from "../requests/pending.js";
import { ReadBatch } from "./read-batch.js";
import type { ReadBatching } from "./read-batching.js";

/*
 * A frame: {int length, int xid, int type} and the body. The body of a multiRead: for each read a MultiHeader {int type,
 * bool done, int err = -1} and the same bytes that are the body of a getData, {ustring path, bool watch}, so that they
 * are copied; at the end the MultiHeader {-1, true, -1}.
 */
const LENGTH_BYTES = 4;
const HEAD_BYTES = LENGTH_BYTES + 8;
const MULTI_HEADER_BYTES = 9;

/**
 * Returns the bytes to send in place of the frames `all`: each run of adjacent getData requests without a watch becomes
 * one multiRead, and operations that their callers aborted are left out. `unsent` holds the operations in `all`, in
 * their order; each is passed to `onSent`, alone or in a {@link ReadBatch}. Frames of no operation (pings, credentials)
 * keep their place.
 */
export function joinReads(
  all: Uint8Array,
  unsent: readonly Unsent[],
  batching: ReadBatching,
  onSent: (sent: Sent) => void,
): Uint8Array {
  const { maxReads, maxRequestBytes } = batching;
  const out = new JuteWriter(all.length + unsent.length * MULTI_HEADER_BYTES);
  let run: Unsent[] = [];
  let runBytes = 0;
  const closeRun = (): void => {
    const [first, second] = run;
    if (first === undefined) return;
    if (second === undefined) {
      out.writeRaw(all.subarray(first.frameStart, first.frameEnd));
      onSent(first);
    } else {
      writeMultiRead(out, all, run);
      onSent(new ReadBatch(first.xid, run, batching));
    }
    run = [];
  };
  let at = 0;
  for (const pending of unsent) {
    const { frameStart, frameEnd } = pending;
    if (frameStart > at) {
      closeRun();
      out.writeRaw(all.subarray(at, frameStart));
    }
    at = frameEnd;
    if (pending.settled) continue;
    if (isJoinable(all, pending)) {
      const bytes = MULTI_HEADER_BYTES + frameEnd - frameStart - HEAD_BYTES;
      if (run.length >= maxReads || runBytes + bytes > maxRequestBytes) closeRun();
      if (run.length === 0) runBytes = HEAD_BYTES - LENGTH_BYTES + MULTI_HEADER_BYTES;
      runBytes += bytes;
      run.push(pending);
    } else {
      closeRun();
      out.writeRaw(all.subarray(frameStart, frameEnd));
      onSent(pending);
    }
  }
  closeRun();
  out.writeRaw(all.subarray(at));
  return out.peek();
}

const NO_WATCH = 0;

function isJoinable(all: Uint8Array, { type, frameEnd }: Unsent): boolean {
  return type === OpCode.getData && all[frameEnd - 1] === NO_WATCH;
}

/** Returns true if {@link joinReads} would join at least two of these operations. */
export function hasAdjacentReads(all: Uint8Array, unsent: readonly Unsent[]): boolean {
  let before: Unsent | undefined;
  for (const pending of unsent) {
    if (pending.settled) continue;
    const read = isJoinable(all, pending) ? pending : undefined;
    if (before !== undefined && read !== undefined) return true;
    before = read;
  }
  return false;
}

function writeMultiRead(out: JuteWriter, all: Uint8Array, reads: readonly Unsent[]): void {
  out.beginFrame();
  out.writeInt(reads[0]!.xid);
  out.writeInt(OpCode.multiRead);
  for (const { frameStart, frameEnd } of reads) {
    writeMultiHeader(out, OpCode.getData, -1);
    out.writeRaw(all.subarray(frameStart + HEAD_BYTES, frameEnd));
  }
  writeMultiEnd(out);
  out.endFrame();
}
