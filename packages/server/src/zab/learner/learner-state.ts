import type { LeaderPacket } from "../packets.js";
import type { LearnerEvent } from "./learner-events.js";

/** Phase of a learner; SPEC.md has the order and the meaning of each. */
export type LearnerPhase =
  | "connecting"
  | "registering"
  | "acceptingEpoch"
  | "awaitingSync"
  | "truncating"
  | "installing"
  | "receiving"
  | "persisting"
  | "storingEpoch"
  | "awaitingUpToDate"
  | "broadcasting"
  | "ended";

/** Name of an event, or of the packet in it. */
export type LearnerInput = Exclude<LearnerEvent["type"], "packet"> | LeaderPacket["type"];

/**
 * Treatment of an input.
 *
 * - `take`: it is expected, and has effects.
 * - `hold`: it is taken when the disk operation of the phase has ended.
 * - `ignore`: it is too early or too late to have an effect.
 * - `refuse`: no correct leader sends it now. Ends the learner.
 */
export type LearnerTreatment = "take" | "hold" | "ignore" | "refuse";

type Column = { readonly [P in LearnerPhase]: LearnerTreatment };

function column(others: LearnerTreatment, exceptions: Partial<Column>): Column {
  const all: Column = {
    connecting: others,
    registering: others,
    acceptingEpoch: others,
    awaitingSync: others,
    truncating: others,
    installing: others,
    receiving: others,
    persisting: others,
    storingEpoch: others,
    awaitingUpToDate: others,
    broadcasting: others,
    ended: "ignore",
  };
  return { ...all, ...exceptions };
}

/** For records and commits, which follow the packet that opens the synchronization. */
const history = column("refuse", {
  truncating: "hold",
  installing: "hold",
  receiving: "take",
  persisting: "take",
  storingEpoch: "take",
  awaitingUpToDate: "take",
  broadcasting: "take",
});
const always = column("take", {});
const opensSync = column("refuse", { awaitingSync: "take" });
const inBroadcast = column("refuse", { broadcasting: "take" });

const table: { readonly [I in LearnerInput]: Column } = {
  connected: column("ignore", { connecting: "take" }),
  leaderInfo: column("refuse", { registering: "take" }),
  acceptedEpochStored: column("ignore", { acceptingEpoch: "take" }),
  diff: opensSync,
  trunc: opensSync,
  snap: opensSync,
  truncated: column("ignore", { truncating: "take" }),
  snapshotInstalled: column("ignore", { installing: "take" }),
  proposal: history,
  commit: history,
  commitAndActivate: history,
  inform: history,
  informAndActivate: history,
  seenConfigurationStored: always,
  newLeader: column("refuse", { truncating: "hold", installing: "hold", receiving: "take" }),
  durable: always,
  currentEpochStored: column("ignore", { storingEpoch: "take" }),
  upToDate: column("refuse", { awaitingUpToDate: "take" }),
  // Apache's leaders ping as soon as NEWLEADER is queued, and expect no answer to it before UPTODATE.
  ping: column("ignore", { broadcasting: "take" }),
  sync: inBroadcast,
  revalidate: inBroadcast,
  readTimedOut: always,
  disconnected: always,
  storageFailed: always,
};

/** Returns the treatment of an input in `phase`. */
export function learnerTreatment(phase: LearnerPhase, input: LearnerInput): LearnerTreatment {
  return table[input][phase];
}

/** All inputs, in the order of SPEC.md. */
export const LEARNER_INPUTS = Object.keys(table) as readonly LearnerInput[];
