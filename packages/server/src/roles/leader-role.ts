import { ErrorCode, JuteReader, OpCode, type ReconfigRequest } from "@conclave/protocol";
import { isWrite } from "../pipeline/prepare.js";
import type { Reconfiguration } from "../pipeline/validate.js";
import type { Waiter, WriteRequest } from "../pipeline/write-request.js";
import { EpochZxids } from "../pipeline/zxid-source.js";
import { AuthorityWithLocal, endExpired, takeLocal } from "../sessions/local-sessions.js";
import type { Session } from "../sessions/session.js";
import type { ForwardedRequest } from "./learner-role.js";
import { createsEphemeral, syncOf } from "./local-clients.js";
import { type ProposingPlace, ProposingRole, type ProposingRoleParts } from "./proposing-role.js";
import type { ResumeRequest, SessionOwner } from "./role.js";

export interface LeaderRoleParts extends ProposingRoleParts, Pick<ProposingPlace, "replicator" | "serverId"> {
  readonly epoch: number;
  /** Decides on reconfigurations, which are proposed with `zxid`; `undefined` if they are disabled. */
  readonly reconfiguration?:
    | { next(request: ReconfigRequest, zxid: bigint): ReturnType<Reconfiguration["next"]> }
    | undefined;
}

/** Role of an established leader: it also decides for the clients of its learners. */
export class LeaderRole extends ProposingRole {
  /** Sessions that this server alone knows; undefined if there are none. */
  readonly #locals: AuthorityWithLocal<SessionOwner> | undefined;
  readonly #upgrades: boolean;
  readonly #onSessionExpired: () => void;

  constructor(parts: LeaderRoleParts) {
    const { reconfiguration, serverId, replicator, options, passwordOf } = parts;
    const zxids = new EpochZxids(parts.epoch);
    let locals: AuthorityWithLocal<SessionOwner> | undefined;
    super(parts, {
      ...{ mode: "leader", serverId, replicator, zxids },
      reconfiguration: reconfiguration && { next: (request) => reconfiguration.next(request, zxids.upcoming) },
      newSessions: (firstId, now) => {
        if (options.ensemble?.localSessionsEnabled === true) {
          locals = new AuthorityWithLocal({ ...options, serverId }, firstId, now, passwordOf);
        }
        return locals;
      },
    });
    this.#locals = locals;
    this.#upgrades = options.ensemble?.localSessionsUpgradingEnabled === true;
    this.#onSessionExpired = parts.onSessionExpired;
  }

  get localSessions(): number {
    return this.#locals?.local.size ?? 0;
  }

  override openSession(requestedTimeoutMs: number, opened: (session: Session) => void): void {
    if (this.#locals === undefined) super.openSession(requestedTimeoutMs, opened);
    else opened(this.#locals.local.create(requestedTimeoutMs, this.now()));
  }

  override resumeSession(request: ResumeRequest, resumed: (session: Session | undefined) => void): void {
    const { sessionId, password, timeoutMs } = request;
    if (this.#locals?.local.get(sessionId) === undefined) super.resumeSession(request, resumed);
    else resumed(this.#locals.local.resume(sessionId, password, timeoutMs, this.now()));
  }

  override submit(request: WriteRequest, waiter: Waiter): void {
    const { sessionId, cxid, type, body } = request;
    const locals = this.#locals;
    if (locals?.local.get(sessionId) === undefined || !createsEphemeral(type, body)) {
      return super.submit(request, waiter);
    }
    if (!this.#upgrades) return this.proposer.refuse(sessionId, cxid, waiter, ErrorCode.EPHEMERAL_ON_LOCAL_SESSION);
    const { timeoutMs, owner } = takeLocal(locals, sessionId)!;
    this.sessions.track(sessionId, timeoutMs, this.now());
    if (owner !== undefined) this.sessions.attach(sessionId, owner);
    this.proposer.createSession(sessionId, timeoutMs, NO_WAITER);
    super.submit(request, waiter);
  }

  override closeSession(sessionId: bigint, cxid: number, waiter: Waiter): void {
    const isLocal = this.#locals !== undefined && takeLocal(this.#locals, sessionId) !== undefined;
    if (isLocal) this.sync(syncOf(sessionId, cxid), waiter);
    else super.closeSession(sessionId, cxid, waiter);
  }

  override tick(): void {
    super.tick();
    if (this.#locals !== undefined) endExpired(this.#locals, this.now(), this.#onSessionExpired);
  }

  /** Proposes a request that a learner forwarded. The learner learns its result from the transaction. */
  request(learner: SessionOwner, { sessionId, cxid, type, body, ids }: ForwardedRequest): void {
    const input = new JuteReader(body);
    if (type === OpCode.createSession) {
      const { id, timeoutMs } = this.sessions.track(sessionId, input.readInt(), this.now());
      this.sessions.attach(id, learner);
      this.proposer.createSession(id, timeoutMs, NO_WAITER);
    } else if (type === OpCode.closeSession) {
      this.proposer.closeSession(sessionId, cxid, NO_WAITER);
    } else if (this.#isEphemeralOfNone(sessionId, type, input)) {
      this.proposer.refuse(sessionId, cxid, NO_WAITER, ErrorCode.SESSION_EXPIRED);
    } else if (isWrite(type)) {
      this.proposer.submit({ sessionId, cxid, type, body: input, ids }, NO_WAITER, learner);
    } else {
      this.proposer.refuse(sessionId, cxid, NO_WAITER);
    }
  }

  /** Returns true for an ephemeral of a session that is local to a learner, and would never end here. */
  #isEphemeralOfNone(sessionId: bigint, type: number, body: JuteReader): boolean {
    return this.#locals !== undefined && this.sessions.get(sessionId) === undefined && createsEphemeral(type, body);
  }

  /** Takes a sign of life of a learner's client. */
  touch(sessionId: bigint): void {
    const session = this.sessions.get(sessionId);
    if (session !== undefined) this.sessions.touch(session, this.now());
  }

  /** Returns true if the session still exists; the learner serves it from now on. */
  revalidate(learner: SessionOwner, sessionId: bigint, timeoutMs: number): boolean {
    return this.sessions.revalidate(sessionId, timeoutMs, learner, this.now());
  }
}

const NO_WAITER: Waiter = { applied() {} };
