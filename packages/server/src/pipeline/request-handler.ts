import {
  type AuthPacket,
  auth,
  create,
  deleteNode,
  ErrorCode,
  type Id,
  type JuteReader,
  multi,
  OpCode,
  ProtocolError,
  setData,
  sync,
  Xid,
} from "@conclave/protocol";
import type { Clock } from "@conclave/runtime";
import type { Session } from "../sessions/session.js";
import type { SessionTracker } from "../sessions/session-tracker.js";
import type { DataTree } from "../tree/data-tree.js";
import type { Channel } from "./channel.js";
import type { PendingChanges } from "./pending-tree.js";
import type { Pipeline } from "./pipeline.js";
import { answerRead, type ReadRequest, readRequestBody } from "./read-request.js";
import { writeEmptyReply, writeWriteReply } from "./reply.js";
import type { Traffic } from "./traffic.js";
import {
  type Requester,
  type Validated,
  validateCreate,
  validateDelete,
  validateMulti,
  validateSetData,
} from "./validate.js";

/** Operations that Apache's servers have and this one does not yet: refused, the connection stays. */
const LATER_OPERATIONS: ReadonlySet<number> = new Set([
  OpCode.getACL,
  OpCode.setACL,
  OpCode.reconfig,
  OpCode.checkWatches,
  OpCode.removeWatches,
  OpCode.createContainer,
  OpCode.createTTL,
  OpCode.multiRead,
  OpCode.getEphemerals,
  OpCode.getAllChildrenNumber,
  OpCode.setWatches2,
  OpCode.addWatch,
  OpCode.whoAmI,
]);

/** The reply to credentials carries the zxid 0. */
const AUTH_ZXID = 0n;
/** The reply to an operation that does not exist carries no zxid. */
const NO_ZXID = -1n;

export interface RequestHandlerOptions {
  readonly tree: DataTree;
  readonly pipeline: Pipeline;
  readonly sessions: SessionTracker;
  readonly traffic: Traffic;
  readonly clock: Clock;
  /** What credentials prove; `undefined` if nothing. */
  readonly authenticate: (credentials: AuthPacket) => readonly Id[] | undefined;
}

/**
 * Takes the requests of all connections: reads are answered from the tree, in the order of their connection; writes go
 * down the pipeline. Throws {@link ProtocolError} if not even the header can be read.
 */
export class RequestHandler {
  readonly #options: RequestHandlerOptions;

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
  }

  handle(channel: Channel, session: Session, input: JuteReader): void {
    const now = this.#options.clock.now();
    this.#options.sessions.touch(session, now);
    const xid = input.readInt();
    const type = input.readInt();
    switch (type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.delete:
      case OpCode.setData:
      case OpCode.multi:
        this.#write(channel, session, xid, type, input, now);
        break;
      case OpCode.closeSession:
        this.#close(channel, session, xid);
        break;
      case OpCode.sync:
        this.#sync(channel, xid, input);
        break;
      case OpCode.auth:
        this.#authenticate(channel, input);
        break;
      default:
        this.#read(channel, session, xid, type, input);
    }
  }

  #read(channel: Channel, session: Session, xid: number, type: number, input: JuteReader): void {
    let request: ReadRequest | undefined;
    try {
      request = readRequestBody(type, input);
    } catch (error) {
      return this.#answerInOrder(channel, () => this.#error(channel, xid, marshallingError(error)));
    }
    if (request === undefined) return this.#unknown(channel, xid, type);
    if (session.closing)
      return this.#answerInOrder(channel, () => this.#error(channel, xid, ErrorCode.SESSION_EXPIRED));
    if (channel.order.isIdle) {
      this.#options.traffic.answered(0);
      return answerRead(this.#options.tree, channel, xid, request);
    }
    channel.order.read(() => answerRead(this.#options.tree, channel, xid, request));
  }

  #write(channel: Channel, session: Session, xid: number, type: WriteType, input: JuteReader, now: number): void {
    const requester: Requester = { sessionId: session.id, ids: channel.ids };
    channel.order.write();
    this.#options.pipeline.write(
      session,
      xid,
      type,
      (changes) => decodeAndValidate(type, input, requester, changes),
      (result, zxid) => {
        if (channel.isOpen) writeWriteReply(channel.output(), xid, zxid, type, result);
        this.#options.traffic.answered(this.#options.clock.now() - now);
        channel.order.writeDone();
      },
    );
  }

  #close(channel: Channel, session: Session, xid: number): void {
    if (session.closing) return;
    channel.order.write();
    this.#options.pipeline.closeSession(session, xid, (_result, zxid) => {
      if (channel.isOpen) writeEmptyReply(channel.output(), xid, zxid, ErrorCode.OK);
      channel.order.writeDone();
      channel.end();
    });
  }

  /** Waits for every write that this server has taken, of whichever session. */
  #sync(channel: Channel, xid: number, input: JuteReader): void {
    let path: string;
    try {
      ({ path } = sync.readRequest(input));
    } catch (error) {
      return this.#answerInOrder(channel, () => this.#error(channel, xid, marshallingError(error)));
    }
    channel.order.write();
    this.#options.pipeline.barrier((_result, zxid) => {
      if (channel.isOpen) {
        const out = channel.output();
        out.beginFrame();
        out.writeInt(xid);
        out.writeLong(zxid);
        out.writeInt(ErrorCode.OK);
        sync.writeResponse(out, { path });
        out.endFrame();
      }
      channel.order.writeDone();
    });
  }

  /** Answered at once, out of order; the ids count for every request behind it. Credentials that fail end the connection. */
  #authenticate(channel: Channel, input: JuteReader): void {
    const ids = this.#options.authenticate(auth.readRequest(input));
    writeEmptyReply(channel.output(), Xid.auth, AUTH_ZXID, ids === undefined ? ErrorCode.AUTH_FAILED : ErrorCode.OK);
    if (ids === undefined) channel.end();
    else channel.addIds(ids);
  }

  #unknown(channel: Channel, xid: number, type: number): void {
    this.#answerInOrder(channel, () => {
      if (LATER_OPERATIONS.has(type)) return this.#error(channel, xid, ErrorCode.UNIMPLEMENTED);
      writeEmptyReply(channel.output(), xid, NO_ZXID, ErrorCode.UNIMPLEMENTED);
      channel.end();
    });
  }

  #error(channel: Channel, xid: number, err: ErrorCode): void {
    writeEmptyReply(channel.output(), xid, this.#options.tree.lastZxid, err);
  }

  #answerInOrder(channel: Channel, answer: () => void): void {
    if (channel.order.isIdle) answer();
    else channel.order.read(answer);
  }
}

type WriteType =
  | typeof OpCode.create
  | typeof OpCode.create2
  | typeof OpCode.delete
  | typeof OpCode.setData
  | typeof OpCode.multi;

function decodeAndValidate(
  type: WriteType,
  input: JuteReader,
  requester: Requester,
  changes: PendingChanges,
): Validated {
  try {
    switch (type) {
      case OpCode.create:
      case OpCode.create2:
        return validateCreate(type, create.readRequest(input), requester, changes);
      case OpCode.delete:
        return validateDelete(deleteNode.readRequest(input), requester, changes);
      case OpCode.setData:
        return validateSetData(setData.readRequest(input), requester, changes);
      case OpCode.multi:
        return validateMulti(multi.readRequest(input), requester, changes);
    }
  } catch (error) {
    return marshallingError(error);
  }
}

/** A body that cannot be decoded is the client's error; anything else is ours and goes on. */
function marshallingError(error: unknown): ErrorCode {
  if (error instanceof ProtocolError) return ErrorCode.MARSHALLING_ERROR;
  throw error;
}
