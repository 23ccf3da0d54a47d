import { ErrorCode, getData, type JuteReader, OpCode, ProtocolError, readMultiHeader } from "@conclave/protocol";
import type { LossCode, Sent, Unsent } from "../requests/pending.js";
import type { ReadBatching } from "./read-batching.js";

/** int xid, long zxid, int err. */
const REPLY_HEADER_BYTES = 16;
const ADVICE = "multiRead, which batchReads sends, needs ZooKeeper 3.6: connect without batchReads";

/**
 * Reads that were sent as one multiRead and are answered by one reply. Each settles as if it had been sent alone: with
 * its own result or error, in the order of the calls.
 *
 * Reply: for each read a MultiHeader {int type, bool done, int err} followed, depending on its type, by {buffer data,
 * Stat stat} or an ErrorResponse {int err}; at the end the MultiHeader {-1, true, -1}.
 */
export class ReadBatch implements Sent {
  readonly type = OpCode.multiRead;
  readonly xid: number;
  readonly #members: readonly Unsent[];
  readonly #batching: ReadBatching;
  #sentAtMs = 0;

  constructor(xid: number, members: readonly Unsent[], batching: ReadBatching) {
    this.xid = xid;
    this.#members = members;
    this.#batching = batching;
  }

  get sentAtMs(): number {
    return this.#sentAtMs;
  }

  set sentAtMs(sentAtMs: number) {
    this.#sentAtMs = sentAtMs;
    for (const member of this.#members) member.sentAtMs = sentAtMs;
  }

  /** If the reply is malformed, the reads before the malformed place are settled, and this throws. */
  resolveFrom(input: JuteReader): void {
    const mayBeTooLong = input.remaining > this.#batching.maxReplyBytes;
    for (const member of this.#members) {
      const type = readMultiHeader(input);
      if (type === OpCode.error) member.rejectWith(input.readInt());
      else if (type === OpCode.getData) this.#resolveMember(member, input, mayBeTooLong);
      else throw new ProtocolError("malformed", `a multiRead answers a getData with a result of type ${type}`);
    }
    if (readMultiHeader(input) !== undefined)
      throw new ProtocolError("malformed", "a multiRead has more results than reads");
  }

  #resolveMember(member: Unsent, input: JuteReader, mayBeTooLong: boolean): void {
    const start = input.position;
    if (mayBeTooLong) this.#rejectIfTooLong(member, input.fork());
    // The result of an aborted read is parsed too, because the next result follows it.
    if (member.settled) getData.readResponse(input);
    else member.resolveFrom(input);
    this.#batching.note(input.position - start);
  }

  /** Rejects a read with the error that it would have had alone; `input` is at its result. */
  #rejectIfTooLong(member: Unsent, input: JuteReader): void {
    const start = input.position;
    getData.readResponse(input);
    const replyBytes = REPLY_HEADER_BYTES + input.position - start;
    const { maxReplyBytes } = this.#batching;
    if (replyBytes > maxReplyBytes) member.rejectTooLong(replyBytes, maxReplyBytes);
  }

  rejectWith(errno: number): void {
    if (errno === ErrorCode.UNIMPLEMENTED && this.#batching.refused()) return;
    const advice = errno === ErrorCode.UNIMPLEMENTED ? ADVICE : undefined;
    for (const member of this.#members) member.rejectWith(errno, advice);
  }

  rejectTooLong(bytes: number, maxReplyBytes: number): void {
    for (const member of this.#members) member.rejectTooLong(bytes, maxReplyBytes);
  }

  failWith(code: LossCode, cause?: unknown): void {
    for (const member of this.#members) member.failWith(code, cause);
  }
}
