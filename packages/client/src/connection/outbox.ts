import { JuteWriter } from "@conclave/protocol";
import type { Pending, Sent } from "../operations/pending.js";
import { joinReads } from "./join-reads.js";
import type { ReadBatching } from "./read-batching.js";

const INITIAL_BYTES = 8 * 1024;
/** A buffer that one large request made is not kept. */
const KEPT_BYTES = 256 * 1024;

/**
 * The frames of one tick: encoded as the calls come, so that callers may reuse their data, and taken in one piece.
 * An operation that its caller gave up in the same tick is cut out again, and was truly never sent.
 */
export class Outbox {
  #writer = new JuteWriter(INITIAL_BYTES);
  #unsent: Pending[] = [];
  readonly #batching: ReadBatching | undefined;

  /** With `batching`, reads that stand next to each other leave as one. */
  constructor(batching?: ReadBatching) {
    this.#batching = batching;
  }

  get isEmpty(): boolean {
    return this.#writer.length === 0;
  }

  /** Appends a frame that answers to nobody: a handshake, a ping, credentials. */
  appendFrame(write: (out: JuteWriter) => void): void {
    this.#writer.beginFrame();
    write(this.#writer);
    this.#writer.endFrame();
  }

  /** Appends an operation under its xid; one that cannot be encoded, or is longer than `maxBytes`, is rejected. */
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
      pending.reject("its arguments cannot be encoded", error);
      return;
    }
    const length = out.length - start - LENGTH_BYTES;
    if (length > maxBytes) {
      out.cancelFrame();
      pending.reject(`the request has ${length} bytes, where servers take ${maxBytes} (maxRequestBytes)`);
      return;
    }
    out.endFrame();
    pending.frameStart = start;
    pending.frameEnd = out.length;
    this.#unsent.push(pending);
  }

  /** The bytes to send, a copy. Each operation in them is handed to `onSent` first; the outbox is empty afterwards. */
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

  /** Empties the outbox; gives the operations that were in it, in order. */
  clear(): Pending[] {
    const unsent = this.#unsent;
    this.#unsent = [];
    this.#writer.clear();
    return unsent;
  }
}

const LENGTH_BYTES = 4;

/** Hands each of `unsent` to `onSent`; gives a copy of `all` without those that their callers gave up. */
function taken(all: Uint8Array, unsent: readonly Pending[], onSent: (sent: Sent) => void): Uint8Array {
  let given: Pending[] | undefined;
  for (const pending of unsent) {
    if (!pending.settled) onSent(pending);
    else if (given === undefined) given = [pending];
    else given.push(pending);
  }
  return given === undefined ? Buffer.from(all) : without(all, given);
}

/** `all` without the frames of `dropped`. */
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
