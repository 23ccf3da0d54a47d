import type { LeaderPacket, LearnerPacket, LearnerRole } from "../packets.js";
import type { LearnerNumber } from "./leader-events.js";
import type { LinkState } from "./leader-state.js";

/** Connection to one learner, as the leader knows it. */
export class LearnerLink {
  readonly learner: LearnerNumber;
  readonly id: bigint;
  readonly role: LearnerRole;
  readonly acceptedEpoch: number;
  state: LinkState = "registered";
  /** Time of the last transition that the learner has to follow. */
  since: number;
  /** Time at which something came from the learner. */
  heardAt: number;
  /** True if the learner has promised the epoch now, and not before. */
  hasAcknowledgedEpoch = false;
  /** Last zxid of its ACKEPOCH. */
  lastZxid = -1n;
  /** Zxid of the last proposal that was sent, or of the end of the synchronization. */
  forwarded = 0n;
  /** The learner has all records up to this zxid on its disk. Counts only once it has acknowledged NEWLEADER. */
  acked = 0n;
  /** Time at which the oldest unacknowledged proposal was sent, or at which the last acknowledgement came after that. */
  unackedSince: number | undefined;
  /** Number of PINGs that the learner will answer, and of its answers. */
  pings = 0;
  answers = 0;
  /** Packets that follow UPTODATE. */
  held: LeaderPacket[] = [];

  constructor(learner: LearnerNumber, info: Extract<LearnerPacket, { type: "learnerInfo" }>, now: number) {
    this.learner = learner;
    this.id = info.id;
    this.role = info.role;
    this.acceptedEpoch = info.acceptedEpoch;
    this.since = now;
    this.heardAt = now;
  }

  /** True if the learner's history is part of the leader's, so that proposals and commits are for it. */
  get isForwarding(): boolean {
    return this.state === "synchronizing" || this.state === "synchronized" || this.state === "upToDate";
  }

  /** True if the learner has the leader's whole earlier history on its disk. */
  get isSynchronized(): boolean {
    return this.state === "synchronized" || this.state === "upToDate";
  }

  enter(state: LinkState, now: number): void {
    this.state = state;
    this.since = now;
  }

  /** Notes that a proposal was sent. */
  forwardedTo(zxid: bigint, now: number): void {
    if (this.acked >= this.forwarded) this.unackedSince = now;
    this.forwarded = zxid;
  }

  /** Notes that the learner has everything up to `zxid`. Returns false if it had already. */
  ackedTo(zxid: bigint, now: number): boolean {
    if (zxid <= this.acked) return false;
    this.acked = zxid;
    this.unackedSince = zxid >= this.forwarded ? undefined : now;
    return true;
  }

  /** Gives the learner more time for everything that is expected of it. */
  postpone(ms: number): void {
    this.since += ms;
    this.heardAt += ms;
    if (this.unackedSince !== undefined) this.unackedSince += ms;
  }

  /** Returns the reason why the leader should not wait for this learner any longer; undefined if it should. */
  overdue(now: number, initLimitMs: number, syncLimitMs: number): string | undefined {
    if (this.state !== "upToDate") {
      return now - this.since > initLimitMs ? `it was not up to date within ${initLimitMs} ms` : undefined;
    }
    if (now - this.heardAt > syncLimitMs) return `it sent nothing for ${syncLimitMs} ms`;
    const isSlow = this.unackedSince !== undefined && now - this.unackedSince > syncLimitMs;
    return isSlow ? `it acknowledged no proposal for ${syncLimitMs} ms` : undefined;
  }
}
