import type { LeaderPacket } from "../packets.js";
import type { LeaderEffect, LearnerNumber } from "./leader-events.js";

/** Effects of the event that a leader handles. */
export class LeaderOutput {
  #effects: LeaderEffect[] = [];

  emit(effect: LeaderEffect): void {
    this.#effects.push(effect);
  }

  send(learners: readonly LearnerNumber[], packet: LeaderPacket): void {
    if (learners.length > 0) this.emit({ type: "send", learners, packet });
  }

  /** Returns the effects since the last call, in order. */
  take(): readonly LeaderEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
