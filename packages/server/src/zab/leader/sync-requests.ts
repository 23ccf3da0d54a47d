import type { LearnerNumber } from "./leader-events.js";
import type { LeaderOutput } from "./leader-output.js";
import type { LearnerLink } from "./learner-link.js";
import type { LearnerLinks } from "./learner-links.js";
import type { Proposals } from "./proposals.js";

interface SyncRequest {
  /** Position among all requests. */
  readonly number: number;
  /** Undefined for a client of the leader itself. */
  readonly learner: LearnerNumber | undefined;
  /** The last proposal when the request came. */
  readonly zxid: bigint;
}

/** A question to the followers, sent as PING, and the answer of each that counts. */
interface Round {
  /** The last request that came before the question. */
  readonly last: number;
  /** Number of answers that each learner will have sent when it has answered the question. */
  readonly answers: Map<LearnerNumber, number>;
}

export interface SyncRequestsOptions {
  readonly proposals: Proposals;
  readonly links: LearnerLinks;
  readonly output: LeaderOutput;
  /** Has this server apply the records up to `zxid`, which are committed. */
  readonly commit: (zxid: bigint) => void;
  /** Returns true if this server may be asked: it is a voter of a configuration. */
  readonly isVoter: (id: bigint) => boolean;
  /** Returns true if these servers and the leader are a quorum of each configuration. */
  readonly isQuorum: (others: readonly bigint[]) => boolean;
}

/**
 * Sync requests that wait for their answer. Each needs the commit of what was proposed before it, and the proof that this server
 * still led when it came: a quorum that answers a PING of later, or that acknowledges a later proposal. Otherwise
 * another leader might have committed records by then, which this server does not know.
 *
 * One question is under way at a time; requests that come meanwhile share the next one.
 */
export class SyncRequests {
  readonly #options: SyncRequestsOptions;
  #waiting: SyncRequest[] = [];
  #last = 0;
  /** All requests up to this one came while this server led. */
  #confirmed = 0;
  #round: Round | undefined;

  constructor(options: SyncRequestsOptions) {
    this.#options = options;
  }

  /** Number of requests that wait. */
  get size(): number {
    return this.#waiting.length;
  }

  add(learner: LearnerNumber | undefined): void {
    this.#waiting.push({ number: ++this.#last, learner, zxid: this.#options.proposals.last });
    if (this.#round === undefined) this.#ask();
  }

  /** Sends PING to learners. Those that are up to date answer each, in order. */
  ping(links: readonly LearnerLink[]): void {
    const { output, proposals } = this.#options;
    const learners = links.map(({ learner }) => learner);
    output.send(learners, { type: "ping", zxid: proposals.last });
    for (const link of links) {
      if (link.state !== "upToDate") continue;
      link.pings++;
      // A learner that has connected after the question gets it now.
      if (this.#round?.answers.has(link.learner) === false) this.#round.answers.set(link.learner, link.pings);
    }
  }

  /** Notes that a learner has answered the oldest PING that it has to answer. */
  answered(link: LearnerLink): void {
    if (link.answers >= link.pings) return;
    link.answers++;
    this.#endRound();
  }

  /** Answers the requests that came before the proposal of `zxid`, which a quorum has acknowledged. */
  beforeCommit(zxid: bigint): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].zxid < zxid) this.#answer(this.#waiting.shift()!);
  }

  /** Answers the requests that are confirmed, as far as the records before them are committed. */
  settle(): void {
    const { committed } = this.#options.proposals;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (first.number > this.#confirmed || first.zxid > committed) return;
      this.#answer(this.#waiting.shift()!);
    }
  }

  #ask(): void {
    const { links, isVoter } = this.#options;
    this.#round = { last: this.#last, answers: new Map() };
    const voters = links.all().filter(({ id, role, state }) => {
      return role === "follower" && state === "upToDate" && isVoter(id);
    });
    this.ping(voters);
    this.#endRound();
  }

  #endRound(): void {
    const { isQuorum, links } = this.#options;
    const round = this.#round;
    if (round === undefined) return;
    const others = links.followers(({ learner, answers }) => answers >= (round.answers.get(learner) ?? NEVER));
    if (!isQuorum(others)) return;
    this.#round = undefined;
    this.#confirmed = round.last;
    this.settle();
    if (this.#waiting.some(({ number }) => number > this.#confirmed)) this.#ask();
  }

  #answer({ learner, zxid }: SyncRequest): void {
    const { links, output, commit } = this.#options;
    if (learner === undefined) {
      commit(zxid);
      output.emit({ type: "localSynced" });
    } else if (links.get(learner) !== undefined) output.send([learner], { type: "sync" });
  }
}

const NEVER = Number.POSITIVE_INFINITY;
