import {
  ErrorCode,
  type JuteWriter,
  type MultiResult,
  multi,
  OpCode,
  reconfig,
  writeReplyHeader,
  writeStat,
} from "@conclave/protocol";
import type { Clock } from "@conclave/runtime";
import type { TxnResult } from "../tree/txn.js";
import type { Channel } from "./channel.js";
import type { Answer } from "./request-order.js";
import type { ServerStats } from "./server-stats.js";
import type { Waiter } from "./write-request.js";

export interface WriteReplyOptions {
  readonly stats: ServerStats;
  readonly clock: Clock;
  /** Counts the bytes of requests that are not applied yet. */
  readonly largeRequests: { change(before: number, now: number): void };
}

/** A write of a connection that waits for its reply. */
export class WriteReply implements Waiter, Answer {
  readonly #options: WriteReplyOptions;
  readonly #channel: Channel;
  readonly #xid: number;
  readonly #type: number;
  readonly #bytes: number;
  readonly #arrivedAt: number;
  readonly #audit: ((result: TxnResult) => void) | undefined;
  #result: TxnResult = NO_RESULT;
  #zxid = 0n;

  /** `bytes` of the request count as taken until it is applied. Throws `ProtocolError` if large requests exceed their limit. */
  constructor(
    options: WriteReplyOptions,
    channel: Channel,
    xid: number,
    type: number,
    bytes: number,
    arrivedAt: number,
    audit?: (result: TxnResult) => void,
  ) {
    this.#options = options;
    this.#channel = channel;
    this.#xid = xid;
    this.#type = type;
    this.#bytes = bytes;
    this.#arrivedAt = arrivedAt;
    this.#audit = audit;
    options.largeRequests.change(0, this.#bytes);
  }

  applied(result: TxnResult, zxid: bigint): void {
    this.#options.largeRequests.change(this.#bytes, 0);
    this.#audit?.(result);
    this.#result = result;
    this.#zxid = zxid;
    this.#channel.order.writeDone(this);
  }

  give(): void {
    const { stats, clock } = this.#options;
    const channel = this.#channel;
    // The client uses its session on another server, and must not take the refusal for an answer (ZOOKEEPER-710).
    if (this.#result.err === ErrorCode.SESSION_MOVED) channel.end();
    if (channel.isOpen) writeReply(channel.output(), this.#xid, this.#zxid, this.#type, this.#result);
    const answered = clock.now();
    const tookMs = answered - this.#arrivedAt;
    stats.answeredWrite(tookMs);
    channel.statistics.answered(this.#type, this.#xid, this.#zxid, answered, tookMs);
  }
}

const NO_RESULT: TxnResult = { type: OpCode.error, err: ErrorCode.OK };

/** Writes the reply to a write of the given type. */
function writeReply(out: JuteWriter, xid: number, zxid: bigint, type: number, result: TxnResult): void {
  out.beginFrame();
  writeReplyHeader(out, xid, zxid, result.err);
  if (result.err === ErrorCode.OK) writeBody(out, type, result);
  out.endFrame();
}

function writeBody(out: JuteWriter, type: number, result: TxnResult): void {
  switch (type) {
    case OpCode.create:
      out.writeString(result.path!);
      break;
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      out.writeString(result.path!);
      writeStat(out, result.stat!);
      break;
    case OpCode.setData:
    case OpCode.setACL:
      writeStat(out, result.stat!);
      break;
    case OpCode.reconfig:
      reconfig.writeResponse(out, { data: result.data ?? null, stat: result.stat! });
      break;
    case OpCode.multi:
      multi.writeResponse(out, result.results!.map(multiResult));
      break;
  }
}

function multiResult(result: TxnResult): MultiResult {
  switch (result.type) {
    case OpCode.create:
      return { type: OpCode.create, path: result.path! };
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return { type: OpCode.create2, path: result.path!, stat: result.stat! };
    case OpCode.setData:
      return { type: OpCode.setData, stat: result.stat! };
    case OpCode.delete:
      return { type: OpCode.delete };
    case OpCode.check:
      return { type: OpCode.check };
    default:
      return { type: OpCode.error, err: result.err };
  }
}
