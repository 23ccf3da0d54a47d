import {
  type CreateRequest,
  create,
  create2,
  createContainer,
  createTTL,
  deleteNode,
  ErrorCode,
  type JuteReader,
  multi,
  OpCode,
  type Operation,
  ProtocolError,
  setACL,
  setData,
} from "@conclave/protocol";
import type { Clock } from "@conclave/runtime";
import type { Session } from "../sessions/session.js";
import type { PendingTree } from "../tree/pending/pending-tree.js";
import type { TxnResult } from "../tree/txn.js";
import type { AuditLog } from "./audit-log.js";
import type { Channel } from "./channel.js";
import type { Write } from "./pipeline.js";
import type { QuotaGuard } from "./quota-guard.js";
import { writeWriteReply } from "./reply.js";
import type { Traffic } from "./traffic.js";
import {
  type CreateType,
  type Requester,
  type Validated,
  validateCreate,
  validateDelete,
  validateMulti,
  validateSetACL,
  validateSetData,
} from "./validate.js";

export interface ClientWriteOptions {
  readonly traffic: Traffic;
  readonly clock: Clock;
  /** Keeps count of the bytes of requests on their way. */
  readonly largeRequests: { change(before: number, now: number): void };
  /** Whether znodes with a TTL can be made. */
  readonly extendedTypes: boolean;
  /** The schemes that an ACL may name. */
  readonly schemes: ReadonlySet<string>;
  /** What holds writes to the quotas, if anything does. */
  readonly quotas: QuotaGuard | undefined;
  /** Takes down what is written, if anything does. */
  readonly audit: AuditLog | undefined;
}

/** A client's write from its arrival to its answer. As many are kept as are on their way, so each is one object. */
export class ClientWrite implements Write {
  readonly #options: ClientWriteOptions;
  readonly #channel: Channel;
  readonly #session: Session;
  readonly #xid: number;
  readonly #type: number;
  readonly #kind: AnyWriteKind;
  /** Good until it was validated. */
  readonly #input: JuteReader;
  readonly #bytes: number;
  readonly #arrivedAt: number;
  #audited: ((result: TxnResult) => void) | undefined;

  constructor(
    options: ClientWriteOptions,
    channel: Channel,
    session: Session,
    { xid, type, kind, input, now }: ArrivedWrite,
  ) {
    this.#options = options;
    this.#channel = channel;
    this.#session = session;
    this.#xid = xid;
    this.#type = type;
    this.#kind = kind;
    this.#input = input;
    this.#bytes = input.remaining;
    this.#arrivedAt = now;
    options.largeRequests.change(0, this.#bytes);
    channel.order.write();
  }

  validate(pending: PendingTree): Validated {
    const { extendedTypes, schemes, quotas, audit } = this.#options;
    const { ids, rights } = this.#channel;
    const requester: Requester = { sessionId: this.#session.id, ids, rights, extendedTypes, schemes, quotas };
    try {
      const request = this.#kind.read(this.#input);
      this.#audited = audit?.request(this.#channel, this.#type, request);
      return this.#kind.validate(request, requester, pending);
    } catch (error) {
      return marshallingError(error);
    }
  }

  applied(result: TxnResult, zxid: bigint): void {
    this.#options.largeRequests.change(this.#bytes, 0);
    this.#audited?.(result);
    this.#channel.order.writeDone(() => this.#answer(result, zxid));
  }

  #answer(result: TxnResult, zxid: bigint): void {
    const { traffic, clock } = this.#options;
    const channel = this.#channel;
    if (channel.isOpen) writeWriteReply(channel.output(), this.#xid, zxid, this.#type, result);
    const answered = clock.now();
    const tookMs = answered - this.#arrivedAt;
    traffic.answeredWrite(tookMs);
    channel.statistics.answered(this.#type, this.#xid, zxid, answered, tookMs);
  }
}

/** What came of a write. */
export interface ArrivedWrite {
  readonly xid: number;
  readonly type: number;
  readonly kind: AnyWriteKind;
  readonly input: JuteReader;
  /** On the monotonic clock. */
  readonly now: number;
}

/** How a write is read, and what it comes to. */
interface WriteKind<Request> {
  read(input: JuteReader): Request;
  validate(request: Request, requester: Requester, pending: PendingTree): Validated;
}

// biome-ignore lint/suspicious/noExplicitAny: each write has a request type of its own, and validates only what it has read
export type AnyWriteKind = WriteKind<any>;

function creating<Request extends CreateRequest>(
  type: CreateType,
  { readRequest: read }: Pick<Operation<Request, unknown>, "readRequest">,
): [number, AnyWriteKind] {
  return [type, { read, validate: (request, who, pending) => validateCreate(type, request, who, pending) }];
}

/** A write that this server refuses, whatever it asks for. */
const refusedWith = (err: ErrorCode): AnyWriteKind => ({ read: () => ({}), validate: () => err });
export const refusedReconfig = refusedWith(ErrorCode.RECONFIG_DISABLED);

/** The writes by their type. */
export const writes: ReadonlyMap<number, AnyWriteKind> = new Map<number, AnyWriteKind>([
  creating(OpCode.create, create),
  creating(OpCode.create2, create2),
  creating(OpCode.createContainer, createContainer),
  creating(OpCode.createTTL, createTTL),
  [OpCode.delete, { read: deleteNode.readRequest, validate: validateDelete }],
  [OpCode.setData, { read: setData.readRequest, validate: validateSetData }],
  [OpCode.setACL, { read: setACL.readRequest, validate: validateSetACL }],
  // The server's own: of a client, Apache takes the frame's header for a part of the path.
  [OpCode.deleteContainer, refusedWith(ErrorCode.BAD_ARGUMENTS)],
  [OpCode.multi, { read: multi.readRequest, validate: validateMulti }],
]);

/** A body that cannot be decoded is the client's error; anything else is ours and goes on. */
export function marshallingError(error: unknown): ErrorCode {
  if (error instanceof ProtocolError) return ErrorCode.MARSHALLING_ERROR;
  throw error;
}
