import type { LearnerPacket } from "../packets.js";
import type { LeaderEnd, LeaderEvent } from "./leader-events.js";
import type { LeaderOptions } from "./leader-options.js";

/** Phase of a leader; SPEC.md has the order and the meaning of each. */
export type LeaderPhase =
  | "starting"
  | "discovering"
  | "acceptingEpoch"
  | "collectingEpochAcks"
  | "storingEpoch"
  | "synchronizing"
  | "broadcasting"
  | "handingOver"
  | "resigned"
  | "ended";

/** State of one learner's connection; SPEC.md has the meaning of each. */
export type LinkState =
  | "unknown"
  | "registered"
  | "proposed"
  | "acknowledged"
  | "synchronizing"
  | "synchronized"
  | "upToDate";

/** Name of an event, or of the packet in it. */
export type LeaderInput = Exclude<LeaderEvent["type"], "packet"> | LearnerPacket["type"];
/** Inputs of one learner. */
export type LinkInput = LearnerPacket["type"] | "heard" | "pong" | "syncRequested" | "gone";

/**
 * Treatment of an input.
 *
 * - `take`: it is expected, and has effects; an input of a learner only if the state of its connection says so too.
 * - `ignore`: it is too early or too late to have an effect.
 * - `refuse`: no correct learner sends it now, or none is accepted now. Disconnects the learner.
 */
export type LeaderTreatment = "take" | "ignore" | "refuse";

type Column<State extends string> = { readonly [S in State]: LeaderTreatment };

function column(others: LeaderTreatment, exceptions: Partial<Column<LeaderPhase>> = {}): Column<LeaderPhase> {
  const all: Column<LeaderPhase> = {
    starting: "ignore",
    discovering: others,
    acceptingEpoch: others,
    collectingEpochAcks: others,
    storingEpoch: others,
    synchronizing: others,
    broadcasting: others,
    handingOver: others,
    resigned: others,
    ended: "ignore",
  };
  return { ...all, ...exceptions };
}

function linkColumn(others: LeaderTreatment, exceptions: Partial<Column<LinkState>>): Column<LinkState> {
  const all: Column<LinkState> = {
    unknown: others,
    registered: others,
    proposed: others,
    acknowledged: others,
    synchronizing: others,
    synchronized: others,
    upToDate: others,
  };
  return { ...all, ...exceptions };
}

const always = column("take");
const untilResigned = column("take", { resigned: "ignore" });
const whileProposing = column("take", { handingOver: "ignore", resigned: "ignore" });

const phases: { readonly [I in LeaderInput]: Column<LeaderPhase> } = {
  start: column("ignore", { starting: "take" }),
  learnerInfo: column("take", { handingOver: "refuse", resigned: "refuse" }),
  ackEpoch: whileProposing,
  ack: untilResigned,
  heard: always,
  pong: always,
  syncRequested: whileProposing,
  localSync: column("ignore", { broadcasting: "take" }),
  gone: always,
  acceptedEpochStored: column("ignore", { acceptingEpoch: "take" }),
  seenConfigurationStored: always,
  currentEpochStored: column("ignore", { storingEpoch: "take" }),
  durable: always,
  propose: column("ignore", { broadcasting: "take" }),
  applied: always,
  trimmed: always,
  tick: always,
  stalled: always,
  handOver: always,
  storageFailed: column("take", { starting: "take" }),
};

const links: { readonly [I in LinkInput]: Column<LinkState> } = {
  learnerInfo: linkColumn("refuse", { unknown: "take" }),
  ackEpoch: linkColumn("refuse", { proposed: "take" }),
  ack: linkColumn("refuse", { synchronizing: "take", synchronized: "take", upToDate: "take" }),
  heard: linkColumn("take", { unknown: "ignore" }),
  pong: linkColumn("take", { unknown: "ignore" }),
  syncRequested: linkColumn("refuse", { unknown: "ignore", upToDate: "take" }),
  gone: linkColumn("take", { unknown: "ignore" }),
};

/** Returns the treatment of an input in `phase`. */
export function leaderTreatment(phase: LeaderPhase, input: LeaderInput): LeaderTreatment {
  return phases[input][phase];
}

/** Returns the treatment of an input of a learner whose connection is in `state`. */
export function linkTreatment(state: LinkState, input: LinkInput): LeaderTreatment {
  return links[input][state];
}

/** Returns true in the phases after the establishment, in which learners answer pings. */
export function isEstablished(phase: LeaderPhase): boolean {
  return phase === "broadcasting" || phase === "handingOver" || phase === "resigned";
}

/** Returns the end of a leader whose step has taken longer than its limit; undefined if it may go on. */
export function stepOverdue(
  phase: LeaderPhase,
  elapsedMs: number,
  { initLimitMs, syncLimitMs }: LeaderOptions,
): { readonly reason: LeaderEnd; readonly message: string } | undefined {
  if (!isEstablished(phase)) {
    if (elapsedMs <= initLimitMs) return undefined;
    return { reason: "no-quorum", message: `there was no quorum in the phase ${phase} for ${initLimitMs} ms` };
  }
  if (elapsedMs <= syncLimitMs) return undefined;
  if (phase === "handingOver") {
    return { reason: "handed-over", message: `not all proposals were committed within ${syncLimitMs} ms` };
  }
  if (phase === "resigned")
    return { reason: "reconfigured", message: "this server does not lead the new configuration" };
  return undefined;
}

/** All inputs, in the order of SPEC.md. */
export const LEADER_INPUTS = Object.keys(phases) as readonly LeaderInput[];
/** All inputs of a learner, in the order of SPEC.md. */
export const LINK_INPUTS = Object.keys(links) as readonly LinkInput[];
