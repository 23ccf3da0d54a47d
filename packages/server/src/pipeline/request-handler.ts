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
import type { Session } from "../sessions/session.js";
import type { SessionTracker } from "../sessions/session-tracker.js";
import type { DataTree } from "../tree/data-tree.js";
import type { Authenticator } from "./authenticator.js";
import type { Channel } from "./channel.js";
import {
  type ArrivedWrite,
  ClientWrite,
  type ClientWriteOptions,
  marshallingError,
  refusedReconfig,
  writes,
} from "./client-write.js";
import type { Pipeline } from "./pipeline.js";
import { reads } from "./read.js";
import { writeEmptyReply } from "./reply.js";

/** The reply to credentials carries the zxid 0. */
const AUTH_ZXID = 0n;
/** The reply to an operation that does not exist carries no zxid. */
const NO_ZXID = -1n;

export interface RequestHandlerOptions extends ClientWriteOptions {
  readonly tree: DataTree;
  readonly pipeline: Pipeline;
  readonly sessions: SessionTracker;
  readonly authenticator: Authenticator;
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

  /** @param isThrottled it had to wait for too long: it is refused, unless it only keeps or ends the session */
  handle(channel: Channel, session: Session, input: JuteReader, isThrottled = false): void {
    const now = this.#options.clock.now();
    this.#options.sessions.touch(session, now);
    const xid = input.readInt();
    const type = input.readInt();
    if (this.#options.authenticator.required !== undefined && !this.#mayAsk(channel, xid, type)) return;
    if (isThrottled && type !== OpCode.ping && type !== OpCode.closeSession) {
      this.#options.traffic.throttled++;
      return this.#refuseInOrder(channel, xid, ErrorCode.THROTTLED_OP);
    }
    switch (type) {
      case OpCode.closeSession:
        this.#close(channel, session, xid);
        break;
      case OpCode.sync:
        this.#sync(channel, xid, input);
        break;
      case OpCode.auth:
        this.#authenticate(channel, xid, input);
        break;
      case OpCode.sasl:
        this.#sasl(channel, xid, input);
        break;
      case OpCode.reconfig:
        this.#refuseReconfig(channel, session, xid, input, now);
        break;
      default: {
        const kind = writes.get(type);
        if (kind === undefined) this.#read(channel, session, xid, type, input, now);
        else this.#write(channel, session, { xid, type, kind, input, now });
      }
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
    if (session.closing) return this.#refuseInOrder(channel, xid, ErrorCode.SESSION_EXPIRED);
    const { tree, traffic, clock } = this.#options;
    if (channel.order.isIdle) {
      traffic.answeredAtOnce();
      channel.statistics.answered(type, xid, tree.lastZxid, now, 0);
      read.answer(tree, channel, xid, request);
      return;
    }
    channel.order.read(() => {
      // Behind a closeSession nothing is answered.
      if (!channel.isOpen) return;
      const answered = clock.now();
      traffic.answeredRead(answered - now);
      channel.statistics.answered(type, xid, tree.lastZxid, answered, answered - now);
      try {
        read.answer(tree, channel, xid, request);
      } catch (error) {
        channel.fail(error);
      }
    });
  }

  #write(channel: Channel, session: Session, write: ArrivedWrite): void {
    const { pipeline } = this.#options;
    pipeline.write(session, write.xid, write.type, new ClientWrite(this.#options, channel, session, write));
  }

  /** As `reconfigEnabled=false` has it: a write that fails. Unlike others it takes no zxid if it cannot be read. */
  #refuseReconfig(channel: Channel, session: Session, xid: number, input: JuteReader, now: number): void {
    try {
      reconfig.readRequest(input);
    } catch (error) {
      return this.#refuseInOrder(channel, xid, marshallingError(error));
    }
    this.#write(channel, session, { xid, type: OpCode.reconfig, kind: refusedReconfig, input, now });
  }

  #close(channel: Channel, session: Session, xid: number): void {
    if (session.closing) return;
    channel.order.write();
    this.#options.pipeline.closeSession(session, xid, (_result, zxid) => {
      channel.order.writeDone(() => {
        if (channel.isOpen) writeEmptyReply(channel.output(), xid, zxid, ErrorCode.OK);
        channel.end();
      });
    });
  }

  /** Waits for every write that this server has taken, of whichever session. */
  #sync(channel: Channel, xid: number, input: JuteReader): void {
    let path: string | null;
    try {
      ({ path } = sync.readRequest(input));
    } catch (error) {
      return this.#refuseInOrder(channel, xid, marshallingError(error));
    }
    channel.order.write();
    this.#options.pipeline.barrier((_result, zxid) => {
      channel.order.writeDone(() => {
        if (!channel.isOpen) return;
        const out = channel.output();
        out.beginFrame();
        writeReplyHeader(out, xid, zxid, ErrorCode.OK);
        sync.writeResponse(out, { path });
        out.endFrame();
      });
    });
  }

  /** Answered at once, out of order; the ids count for every request behind it. Credentials that fail end the connection. */
  #authenticate(channel: Channel, xid: number, input: JuteReader): void {
    const { authenticator, traffic } = this.#options;
    const ids = authenticator.authenticate(channel, auth.readRequest(input));
    writeEmptyReply(channel.output(), xid, AUTH_ZXID, ids === undefined ? ErrorCode.AUTH_FAILED : ErrorCode.OK);
    if (ids !== undefined) return channel.addIds(ids);
    traffic.authFailures++;
    channel.end();
  }

  /** As {@link #authenticate}; a refusal has a body, too. */
  #sasl(channel: Channel, xid: number, input: JuteReader): void {
    const { authenticator, traffic } = this.#options;
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
    traffic.authFailures++;
    channel.end();
  }

  /** Refuses everything but proofs to a client that must prove itself first (AuthenticationHelper.enforceAuthentication). */
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
    else channel.order.read(() => channel.isOpen && answer());
  }
}
