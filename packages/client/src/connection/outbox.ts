import { JuteWriter } from "@conclave/protocol";
import type { Pending, Sent } from "../requests/pending.js";
import { joinReads } from "./join-reads.js";
import type { ReadBatching } from "./read-batching.js";

const INITIAL_BYTES = 8 * 1024;
/** A buffer that has grown beyond this for one large request is not kept. */
const KEPT_BYTES = 256 * 1024;

/**
 * Frames of one tick. Each operation is encoded when it is called, so that callers may reuse their data; all frames are
 * taken at once. An operation that its caller aborts in the same tick is removed again, and was never sent.
 */
export class Outbox {
  #writer = new JuteWriter(INITIAL_BYTES);
  #unsent: Pending[] = [];
  readonly #batching: ReadBatching | undefined;

  /** With `batching`, adjacent reads are sent as one request. */
  constructor(batching?: ReadBatching) {
    this.#batching = batching;
  }

  get isEmpty(): boolean {
    return this.#writer.length === 0;
  }

  /** Appends a frame of no operation: a handshake, a ping, credentials. */
  appendFrame(write: (out: JuteWriter) => void): void {
    this.#writer.beginFrame();
    write(this.#writer);
    this.#writer.endFrame();
  }

  /** Appends an operation under its xid. Rejects it if it cannot be encoded or is longer than `maxBytes`. */
  append(pending: Pending, maxBytes: number): void {
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
  }

  /** Returns a copy of the bytes to send, and empties the outbox. Each operation is passed to `onSent` first. */
  take(onSent: (sent: Sent) => void): Uint8Array {
    const all = this.#writer.peek();
    const unsent = this.#unsent;
    const batching = unsent.length < 2 ? undefined : this.#batching;
    const bytes = batching === undefined ? taken(all, unsent, onSent) : joinReads(all, unsent, batching, onSent);
    unsent.length = 0;
    if (all.length > KEPT_BYTES) this.#writer = new JuteWriter(INITIAL_BYTES);
    else this.#writer.clear();
    return bytes;
  }

  /** Empties the outbox and returns its operations in order. */
  clear(): Pending[] {
    const unsent = this.#unsent;
    this.#unsent = [];
    this.#writer.clear();
    return unsent;
  }
}

const LENGTH_BYTES = 4;

/** Passes each of `unsent` to `onSent`; returns a copy of `all` without the operations that their callers aborted. */
function taken(all: Uint8Array, unsent: readonly Pending[], onSent: (sent: Sent) => void): Uint8Array {
  let given: Pending[] | undefined;
  for (const pending of unsent) {
    if (!pending.settled) onSent(pending);
    else if (given === undefined) given = [pending];
    else given.push(pending);
  }
  return given === undefined ? Buffer.from(all) : without(all, given);
}

/** Returns `all` without the frames of `dropped`. */
function without(all: Uint8Array, dropped: readonly Pending[]): Uint8Array {
  const kept: Uint8Array[] = [];
  let at = 0;
  for (const { frameStart, frameEnd } of dropped) {
    kept.push(all.subarray(at, frameStart));
    at = frameEnd;
  }
  kept.push(all.subarray(at));
  return Buffer.concat(kept);
}
