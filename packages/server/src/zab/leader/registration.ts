import { formatZxid } from "../../tree/zxid.js";
import type { LearnerPacket } from "../packets.js";

/** The leader that a learner wants to follow. */
export interface RegistrationPlace {
  readonly id: bigint;
  /** Version of the active configuration. */
  readonly version: bigint;
}

/** Returns the reason why a learner cannot follow this leader; undefined if it can. */
export function registrationRefusal(
  info: Extract<LearnerPacket, { type: "learnerInfo" }>,
  { id, version }: RegistrationPlace,
): string | undefined {
  if (info.id === id) return `it has the id of this server, ${info.id}`;
  if (info.configurationVersion > version) return `its configuration ${formatZxid(info.configurationVersion)} is newer`;
  return undefined;
}

/** Place of a server in the history of the ensemble. */
interface HistoryPlace {
  readonly currentEpoch: number;
  readonly lastZxid: bigint;
}

/** Returns true if a server may have committed records that another one lacks. */
export function isAhead(place: HistoryPlace, other: HistoryPlace): boolean {
  if (place.currentEpoch !== other.currentEpoch) return place.currentEpoch > other.currentEpoch;
  return place.lastZxid > other.lastZxid;
}
