import {
  auth,
  ErrorCode,
  type JuteReader,
  OpCode,
  ProtocolError,
  reconfig,
  sasl,
  sync,
  writeReplyHeader,
} from "@conclave/protocol";
import type { Session, Sessions } from "../sessions/session.js";
import type { DataTree } from "../tree/data-tree.js";
import type { AuditLog } from "./audit-log.js";
import type { Authenticator } from "./authenticator.js";
import type { Channel } from "./channel.js";
import { decodeWrite, isWrite, marshallingError } from "./prepare.js";
import { reads } from "./read.js";
import { writeEmptyReply } from "./reply.js";
import { WriteReply, type WriteReplyOptions } from "./write-reply.js";
import type { Waiter, WritePath } from "./write-request.js";

/** The reply to credentials carries the zxid 0. */
const AUTH_ZXID = 0n;
/** The reply to an operation that does not exist carries no zxid. */
const NO_ZXID = -1n;

export interface RequestHandlerOptions extends WriteReplyOptions {
  readonly tree: DataTree;
  readonly writes: WritePath;
  readonly sessions: Pick<Sessions, "touch">;
  readonly authenticator: Authenticator;
  /** Audit log of writes; `undefined` when auditing is off. */
  readonly audit: Pick<AuditLog, "request"> | undefined;
  /** Refuse writes and `sync` with NOT_READ_ONLY. @default false */
  readonly isReadOnly?: boolean | undefined;
}

/**
 * Handles the requests of all connections: reads are answered from the tree, in the order of their connection; writes are
 * submitted to the write path. Throws {@link ProtocolError} if the header cannot be read.
 */
export class RequestHandler {
  readonly #options: RequestHandlerOptions;

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
  }

  /** @param isThrottled true if the request waited for too long: it is refused unless it is a ping or a closeSession */
  handle(channel: Channel, session: Session, input: JuteReader, isThrottled = false): void {
    const now = this.#options.clock.now();
    this.#options.sessions.touch(session, now);
    const xid = input.readInt();
    const type = input.readInt();
    if (this.#options.authenticator.required !== undefined && !this.#mayAsk(channel, xid, type)) return;
    if (isThrottled && type !== OpCode.ping && type !== OpCode.closeSession) {
      this.#options.stats.throttled++;
      return this.#refuseInOrder(channel, xid, ErrorCode.THROTTLED_OP);
    }
    switch (type) {
      case OpCode.closeSession:
        this.#close(channel, session, xid);
        break;
      case OpCode.sync:
        this.#sync(channel, session, xid, input);
        break;
      case OpCode.auth:
        this.#authenticate(channel, xid, input);
        break;
      case OpCode.sasl:
        this.#sasl(channel, xid, input);
        break;
      case OpCode.reconfig:
        this.#reconfigure(channel, session, xid, input, now);
        break;
      default:
        if (isWrite(type)) this.#write(channel, session, xid, type, input, now);
        else this.#read(channel, session, xid, type, input, now);
    }
  }

  #read(channel: Channel, session: Session, xid: number, type: number, input: JuteReader, now: number): void {
    const read = reads.get(type);
    if (read === undefined) return this.#unknown(channel, xid);
    let request: unknown;
    try {
      request = read.operation.readRequest(input);
    } catch (error) {
      return this.#refuseInOrder(channel, xid, marshallingError(error));
    }
    if (session.isClosing) return this.#refuseInOrder(channel, xid, ErrorCode.SESSION_EXPIRED);
    const { tree, stats, clock } = this.#options;
    if (channel.order.isIdle) {
      stats.answeredRead(0);
      channel.statistics.answered(type, xid, tree.lastZxid, now, 0);
      read.answer(tree, channel, xid, request);
      return;
    }
    const give = (): void => {
      // Nothing is answered after a closeSession.
      if (!channel.isOpen) return;
      const answered = clock.now();
      stats.answeredRead(answered - now);
      channel.statistics.answered(type, xid, tree.lastZxid, answered, answered - now);
      try {
        read.answer(tree, channel, xid, request);
      } catch (error) {
        channel.fail(error);
      }
    };
    channel.order.read({ give });
  }

  #write(channel: Channel, session: Session, xid: number, type: number, body: JuteReader, arrivedAt: number): void {
    if (this.#options.isReadOnly === true) return this.#refuseInOrder(channel, xid, ErrorCode.NOT_READ_ONLY);
    const audit = this.#options.audit && this.#auditOf(channel, session, type, body);
    const reply = new WriteReply(this.#options, channel, xid, type, body.remaining, arrivedAt, audit);
    channel.order.write();
    this.#options.writes.submit({ sessionId: session.id, cxid: xid, type, body, ids: channel.ids }, reply);
  }

  /** Returns the audit of a write's result; `undefined` for a write that is refused before it is decoded. */
  #auditOf(
    channel: Channel,
    session: Session,
    type: number,
    body: JuteReader,
  ): ReturnType<AuditLog["request"]> | undefined {
    if (session.isClosing) return undefined;
    try {
      return this.#options.audit?.request(channel, type, decodeWrite(type, body.fork()));
    } catch (error) {
      marshallingError(error);
      return undefined;
    }
  }

  /** A write, except that it takes no zxid if it cannot be decoded, as with Apache. */
  #reconfigure(channel: Channel, session: Session, xid: number, input: JuteReader, now: number): void {
    if (this.#options.isReadOnly === true) return this.#refuseInOrder(channel, xid, ErrorCode.NOT_READ_ONLY);
    try {
      reconfig.readRequest(input.fork());
    } catch (error) {
      return this.#refuseInOrder(channel, xid, marshallingError(error));
    }
    this.#write(channel, session, xid, OpCode.reconfig, input, now);
  }

  #close(channel: Channel, session: Session, xid: number): void {
    if (session.isClosing) return;
    channel.order.write();
    this.#options.writes.closeSession(
      session.id,
      xid,
      inOrder(channel, (zxid) => {
        if (channel.isOpen) writeEmptyReply(channel.output(), xid, zxid, ErrorCode.OK);
        channel.end();
      }),
    );
  }

  /** Answers after every write that was submitted before, by any session. */
  #sync(channel: Channel, session: Session, xid: number, input: JuteReader): void {
    if (this.#options.isReadOnly === true) return this.#refuseInOrder(channel, xid, ErrorCode.NOT_READ_ONLY);
    const body = input.fork();
    let path: string | null;
    try {
      ({ path } = sync.readRequest(input));
    } catch (error) {
      return this.#refuseInOrder(channel, xid, marshallingError(error));
    }
    channel.order.write();
    this.#options.writes.sync(
      { sessionId: session.id, cxid: xid, type: OpCode.sync, body, ids: channel.ids },
      inOrder(channel, (zxid) => {
        if (!channel.isOpen) return;
        const out = channel.output();
        out.beginFrame();
        writeReplyHeader(out, xid, zxid, ErrorCode.OK);
        sync.writeResponse(out, { path });
        out.endFrame();
      }),
    );
  }

  /** Answers at once, out of order; the ids count for every later request. Credentials that fail end the connection. */
  #authenticate(channel: Channel, xid: number, input: JuteReader): void {
    const { authenticator, stats } = this.#options;
    const ids = authenticator.authenticate(channel, auth.readRequest(input));
    writeEmptyReply(channel.output(), xid, AUTH_ZXID, ids === undefined ? ErrorCode.AUTH_FAILED : ErrorCode.OK);
    if (ids !== undefined) return channel.addIds(ids);
    stats.authFailures++;
    channel.end();
  }

  /** Does the same as {@link #authenticate}, except that a refusal has a body too. */
  #sasl(channel: Channel, xid: number, input: JuteReader): void {
    const { authenticator, stats } = this.#options;
    const { token } = sasl.readRequest(input);
    if (token === null) throw new ProtocolError("malformed", "null where a SASL token is required");
    const answer = authenticator.sasl(channel, token);
    const out = channel.output();
    out.beginFrame();
    writeReplyHeader(out, xid, AUTH_ZXID, answer.err);
    sasl.writeResponse(out, { token: answer.token });
    out.endFrame();
    channel.addIds(answer.ids);
    if (answer.err === ErrorCode.OK) return;
    stats.authFailures++;
    channel.end();
  }

  /** Refuses every request but credentials while required ones are missing (AuthenticationHelper.enforceAuthentication). */
  #mayAsk(channel: Channel, xid: number, type: number): boolean {
    const { required } = this.#options.authenticator;
    if (type === OpCode.auth || type === OpCode.sasl || required === undefined) return true;
    if (channel.ids.some(({ scheme }) => required.has(scheme))) return true;
    writeEmptyReply(channel.output(), xid, AUTH_ZXID, ErrorCode.SESSION_CLOSED_REQUIRE_SASL_AUTH);
    channel.end();
    return false;
  }

  #unknown(channel: Channel, xid: number): void {
    this.#answerInOrder(channel, () => {
      writeEmptyReply(channel.output(), xid, NO_ZXID, ErrorCode.UNIMPLEMENTED);
      channel.end();
    });
  }

  #refuseInOrder(channel: Channel, xid: number, err: ErrorCode): void {
    this.#answerInOrder(channel, () => writeEmptyReply(channel.output(), xid, this.#options.tree.lastZxid, err));
  }

  #answerInOrder(channel: Channel, answer: () => void): void {
    if (channel.order.isIdle) answer();
    else channel.order.read({ give: () => channel.isOpen && answer() });
  }
}

/** Returns a waiter that gives an answer in the order of the connection. */
function inOrder(channel: Channel, give: (zxid: bigint) => void): Waiter {
  return { applied: (_result, zxid) => channel.order.writeDone({ give: () => give(zxid) }) };
}
