import { type JuteReader, OpCode, ProtocolError, readWatcherEvent, Xid } from "@conclave/protocol";
import type { ReplyListener } from "./connection-options.js";
import { ReadBatch } from "./read-batch.js";
import type { ReadBatching } from "./read-batching.js";
import type { Unanswered } from "./unanswered.js";

/** Options of a {@link ReplyMatcher}. */
export interface ReplyMatcherOptions {
  readonly unanswered: Unanswered;
  readonly batching: ReadBatching | undefined;
  readonly maxReplyBytes: number;
  readonly listener: ReplyListener;
}

/**
 * Settles requests by the replies of a server, once the session is attached. Throws a `ProtocolError` for a reply that
 * answers no request, or cannot be parsed.
 */
export class ReplyMatcher {
  readonly #unanswered: Unanswered;
  readonly #batching: ReadBatching | undefined;
  readonly #maxReplyBytes: number;
  readonly #listener: ReplyListener;

  constructor({ unanswered, batching, maxReplyBytes, listener }: ReplyMatcherOptions) {
    this.#unanswered = unanswered;
    this.#batching = batching;
    this.#maxReplyBytes = maxReplyBytes;
    this.#listener = listener;
  }

  /**
   * Returns true if the next reply must not have this length. With batched reads the decoder accepts longer frames, but
   * only the reply to a batch may be so long.
   */
  isTooLong(length: number): boolean {
    if (length <= this.#maxReplyBytes) return false;
    const longestBatchBytes = this.#batching?.longestReplyBytes ?? 0;
    return length > longestBatchBytes || !(this.#unanswered.operations.peek() instanceof ReadBatch);
  }

  /** Takes a reply, or the event of a watch. */
  onReply(input: JuteReader): void {
    const xid = input.readInt();
    const zxidHigh = input.readInt();
    const zxidLow = input.readInt();
    const errno = input.readInt();
    if (xid >= 0 || xid === Xid.setWatches) this.#onOperation(xid, zxidHigh, zxidLow, errno, input);
    else if (xid === Xid.notification) this.#listener.notified(readWatcherEvent(input));
    else if (xid === Xid.ping) this.#onPong();
    else if (xid === Xid.auth) this.#onCredentials(errno);
    else throw malformed(`the server sent a reply with the unknown xid ${xid}`);
  }

  /** Takes the header of a reply that is too long: rejects its operation, and no other. */
  onLongReply(input: JuteReader, length: number): void {
    const sent = this.#unanswered.operations.peek();
    if (sent === undefined || sent.xid !== input.readInt()) {
      throw new ProtocolError(
        "oversized",
        `a frame of ${length} bytes is longer than maxReplyBytes (${this.#maxReplyBytes}), and is not the expected reply`,
      );
    }
    if (sent.type === OpCode.getData) this.#batching?.note(length);
    const [zxidHigh, zxidLow] = [input.readInt(), input.readInt()];
    sent.rejectTooLong(length, this.#maxReplyBytes);
    this.#unanswered.operations.shift();
    this.#listener.answered(sent.sentAtMs, zxidHigh, zxidLow);
  }

  #onOperation(xid: number, zxidHigh: number, zxidLow: number, errno: number, input: JuteReader): void {
    const sent = this.#unanswered.operations.peek();
    if (sent === undefined || sent.xid !== xid) {
      const expected = sent === undefined ? "no request is unanswered" : `the next reply must have the xid ${sent.xid}`;
      throw malformed(`the server sent a reply with the xid ${xid}, but ${expected}`);
    }
    if (this.#batching !== undefined && errno === 0 && sent.type === OpCode.getData) {
      this.#batching.note(input.remaining);
    }
    // Stays in the queue until its reply is parsed: if the reply is malformed, the operation fails with the connection.
    if (errno === 0) sent.resolveFrom(input);
    else sent.rejectWith(errno);
    this.#unanswered.operations.shift();
    this.#listener.answered(sent.sentAtMs, zxidHigh, zxidLow);
  }

  #onPong(): void {
    const sentAtMs = this.#unanswered.pings.shift();
    if (sentAtMs === undefined) throw malformed("the server answered a ping that was not sent");
    this.#listener.answered(sentAtMs, 0, 0);
  }

  #onCredentials(errno: number): void {
    const onReply = this.#unanswered.credentials.shift();
    if (onReply === undefined) throw malformed("the server answered credentials that were not sent");
    onReply(errno);
  }
}

function malformed(message: string): ProtocolError {
  return new ProtocolError("malformed", message);
}
