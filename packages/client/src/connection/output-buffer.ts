import { JuteWriter } from "@conclave/protocol";
import type { Sent, Unsent } from "../requests/pending.js";
import { hasAdjacentReads, joinReads } from "./join-reads.js";
import type { ReadBatching } from "./read-batching.js";

const INITIAL_BYTES = 8 * 1024;
/** A buffer that has grown beyond this for one large request is not kept. */
const KEPT_BYTES = 256 * 1024;

/**
 * Number of microtasks to wait before the flush. A reply passes through one async function in three microtasks, and
 * through two (such as `retry` and a typed view) in six: requests that their callers send next still join the same write.
 * So 64 calls in flight, some of them through up to four async functions, are sent in one write. If the flush ran in the next
 * microtask they would be sent in 2.5 writes, and use 1.8 µs of CPU time each instead of 1.6 (`pnpm vitest bench --run output-buffer`, with 1 in place of 8).
 */
const FLUSH_AFTER_MICROTASKS = 8;

/**
 * Frames of one tick, which are written together. Each operation is encoded when it is called, so that callers may reuse
 * their data. An operation that its caller aborts in the same tick is removed again, and was never sent.
 *
 * The flush runs some microtasks after the first request, so that the requests of all promise continuations that one
 * chunk of replies triggers are written together as well, even if those continuations pass through several `await`s and
 * async functions first.
 */
export class OutputBuffer {
  #writer = new JuteWriter(INITIAL_BYTES);
  #unsent: Unsent[] = [];
  readonly #onFlush: () => void;
  readonly #batching: ReadBatching | undefined;
  #isFlushScheduled = false;

  /** `onFlush` is to take and write the frames. With `batching`, adjacent reads are sent as one request. */
  constructor(onFlush: () => void, batching?: ReadBatching) {
    this.#onFlush = onFlush;
    this.#batching = batching;
  }

  /** Appends a frame of no operation: a handshake, a ping, credentials. */
  appendFrame(write: (out: JuteWriter) => void): void {
    this.#writer.beginFrame();
    write(this.#writer);
    this.#writer.endFrame();
    this.#scheduleFlush();
  }

  /** Appends an operation under its xid. Rejects it if it cannot be encoded or is longer than `maxBytes`. */
  append(pending: Unsent, maxBytes: number): void {
    const out = this.#writer;
    const start = out.length;
    out.beginFrame();
    try {
      out.writeInt(pending.xid);
      out.writeInt(pending.type);
      pending.write(out);
    } catch (error) {
      out.cancelFrame();
      pending.reject("the arguments cannot be encoded", error);
      return;
    }
    const length = out.length - start - LENGTH_BYTES;
    if (length > maxBytes) {
      out.cancelFrame();
      pending.reject(`the request has ${length} bytes, more than maxRequestBytes (${maxBytes})`);
      return;
    }
    out.endFrame();
    pending.frameStart = start;
    pending.frameEnd = out.length;
    this.#unsent.push(pending);
    this.#scheduleFlush();
  }

  /** Returns a copy of the bytes to send, and empties the buffer. Each operation is passed to `onSent` first. */
  take(onSent: (sent: Sent) => void): Uint8Array {
    const all = this.#writer.peek();
    const unsent = this.#unsent;
    const batching = unsent.length < 2 ? undefined : this.#batching;
    if (batching?.isUndecided === true && hasAdjacentReads(all, unsent)) batching.ask();
    const bytes = batching?.isOn === true ? joinReads(all, unsent, batching, onSent) : taken(all, unsent, onSent);
    unsent.length = 0;
    if (all.length > KEPT_BYTES) this.#writer = new JuteWriter(INITIAL_BYTES);
    else this.#writer.clear();
    return bytes;
  }

  /** Empties the buffer and returns its operations in order. */
  clear(): Unsent[] {
    const unsent = this.#unsent;
    this.#unsent = [];
    this.#writer.clear();
    return unsent;
  }

  #scheduleFlush(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    void this.#flushSoon();
  }

  async #flushSoon(): Promise<void> {
    for (let left = FLUSH_AFTER_MICROTASKS; left > 0; left--) await undefined;
    this.#isFlushScheduled = false;
    this.#onFlush();
  }
}

const LENGTH_BYTES = 4;

/** Passes each of `unsent` to `onSent`; returns a copy of `all` without the operations that their callers aborted. */
function taken(all: Uint8Array, unsent: readonly Unsent[], onSent: (sent: Sent) => void): Uint8Array {
  let given: Unsent[] | undefined;
  for (const pending of unsent) {
    if (!pending.settled) onSent(pending);
    else if (given === undefined) given = [pending];
    else given.push(pending);
  }
  return given === undefined ? Buffer.from(all) : without(all, given);
}

/** Returns `all` without the frames of `dropped`. */
function without(all: Uint8Array, dropped: readonly Unsent[]): Uint8Array {
  const kept: Uint8Array[] = [];
  let at = 0;
  for (const { frameStart, frameEnd } of dropped) {
    kept.push(all.subarray(at, frameStart));
    at = frameEnd;
  }
  kept.push(all.subarray(at));
  return Buffer.concat(kept);
}
