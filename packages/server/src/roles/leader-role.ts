import { JuteReader, OpCode, type ReconfigRequest } from "@conclave/protocol";
import { isWrite } from "../pipeline/prepare.js";
import type { Reconfiguration } from "../pipeline/validate.js";
import type { Waiter } from "../pipeline/write-request.js";
import { EpochZxids } from "../pipeline/zxid-source.js";
import type { ForwardedRequest } from "./learner-role.js";
import { type ProposingPlace, ProposingRole, type ProposingRoleParts } from "./proposing-role.js";
import type { SessionOwner } from "./role.js";

export interface LeaderRoleParts extends ProposingRoleParts, Pick<ProposingPlace, "replicator" | "serverId"> {
  readonly epoch: number;
  /** Decides on reconfigurations, which are proposed with `zxid`; `undefined` if they are disabled. */
  readonly reconfiguration?:
    | { next(request: ReconfigRequest, zxid: bigint): ReturnType<Reconfiguration["next"]> }
    | undefined;
}

/** Role of an established leader: it also decides for the clients of its learners. */
export class LeaderRole extends ProposingRole {
  constructor(parts: LeaderRoleParts) {
    const { reconfiguration, serverId, replicator } = parts;
    const zxids = new EpochZxids(parts.epoch);
    super(parts, {
      ...{ mode: "leader", serverId, replicator, zxids },
      reconfiguration: reconfiguration && { next: (request) => reconfiguration.next(request, zxids.upcoming) },
    });
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
    } else if (isWrite(type)) {
      this.proposer.submit({ sessionId, cxid, type, body: input, ids }, NO_WAITER, learner);
    } else {
      this.proposer.refuse(sessionId, cxid, NO_WAITER);
    }
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
