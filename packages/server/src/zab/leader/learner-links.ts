import type { LeaderPacket, LearnerRole } from "../packets.js";
import type { LearnerNumber } from "./leader-events.js";
import type { LinkState } from "./leader-state.js";
import type { LearnerLink } from "./learner-link.js";

/** Connections to all learners, one for each server. */
export class LearnerLinks {
  readonly #links = new Map<LearnerNumber, LearnerLink>();

  /** Returns the connection, whose state is not `unknown`. */
  get(learner: LearnerNumber): LearnerLink | undefined {
    return this.#links.get(learner);
  }

  stateOf(learner: LearnerNumber): LinkState {
    return this.#links.get(learner)?.state ?? "unknown";
  }

  /** Returns the connection of a learner that has sent something. Nothing but `learnerInfo` is taken without a connection. */
  heard(learner: LearnerNumber, now: number): LearnerLink {
    const link = this.#links.get(learner)!;
    link.heardAt = now;
    return link;
  }

  all(): LearnerLink[] {
    return [...this.#links.values()];
  }

  /** Adds a connection. Returns the earlier one of the same server, which is removed. */
  add(link: LearnerLink): LearnerLink | undefined {
    const former = this.all().find(({ id }) => id === link.id);
    if (former !== undefined) this.#links.delete(former.learner);
    this.#links.set(link.learner, link);
    return former;
  }

  remove(learner: LearnerNumber): void {
    this.#links.delete(learner);
  }

  /** Returns the ids of the followers for which `test` is true. Whether they are voters depends on the configuration. */
  followers(test: (link: LearnerLink) => boolean): bigint[] {
    return this.all().flatMap((link) => (link.role === "follower" && test(link) ? [link.id] : []));
  }

  /** Returns the learners to send a commit to now. For those that are not up to date yet it is held until they are. */
  readyFor(role: LearnerRole, packet: LeaderPacket): LearnerNumber[] {
    const ready: LearnerNumber[] = [];
    for (const link of this.#links.values()) {
      if (link.role !== role || !link.isForwarding) continue;
      if (link.state === "upToDate") ready.push(link.learner);
      else link.held.push(packet);
    }
    return ready;
  }
}
