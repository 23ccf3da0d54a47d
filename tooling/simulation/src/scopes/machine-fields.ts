import type { Leader, Learner } from "@conclave/server/simulation";

/** Parameters of a machine of zab/. */
export type MachineStart =
  | {
      readonly kind: "leader";
      readonly id: number;
      readonly acceptedEpoch: number;
      readonly currentEpoch: number;
      readonly zxids: readonly bigint[];
    }
  | {
      readonly kind: "learner";
      readonly acceptedEpoch: number;
      readonly currentEpoch: number;
      readonly lastZxid: bigint;
    };

type Phase = Leader["phase"] | Learner["phase"];

/** Parameters, and the effects of the last event. The parameters are those of the start of a machine. */
const NEVER_READ = new Set(["#options", "#output", "#effects"]);
const DISCOVERY = new Set<Phase>(["starting", "discovering", "acceptingEpoch", "collectingEpochAcks", "storingEpoch"]);
const REGISTRATION = new Set<Phase>(["connecting", "registering", "acceptingEpoch"]);
const SYNCHRONIZED = new Set<Phase>(["storingEpoch", "awaitingUpToDate", "broadcasting"]);

/**
 * Returns true for a field of a machine, or of its part, that is not read any more from this phase on. Machines that differ in
 * such fields only have the same future.
 */
export function isDeadField(value: object, name: string, phase: Phase): boolean {
  if (NEVER_READ.has(name)) return true;
  switch (name) {
    case "#flushTo":
      return SYNCHRONIZED.has(phase);
    case "#syncedTo":
      return phase === "persisting" || SYNCHRONIZED.has(phase);
    case "acceptedEpoch":
      return phase !== "starting" && phase !== "discovering";
    case "hasAcknowledgedEpoch":
      return !DISCOVERY.has(phase);
    case "lastZxid":
      return "isForwarding" in value && value.isForwarding === true;
    default:
      return false;
  }
}

/** Returns the parameters of a machine that are still read. */
export function livingPart(start: MachineStart, phase: Phase): Partial<MachineStart> {
  if (start.kind === "leader") {
    if (DISCOVERY.has(phase)) return start;
    return { kind: start.kind, id: start.id };
  }
  return REGISTRATION.has(phase) ? start : { kind: start.kind };
}
