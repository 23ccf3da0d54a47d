import { counterOf, epochOf } from "../../tree/zxid.js";
import type { ZxidHistory } from "./zxid-history.js";

/**
 * Way in which a leader brings a learner to the end of the leader's history.
 *
 * - `diff`: the learner has the leader's history up to `after`. It gets the records after it.
 * - `trunc`: the learner also has records that the leader does not have. It removes everything after `after`, a record that
 *   both have, and gets the leader's records after it.
 * - `snap`: the learner replaces what it has by a snapshot of the leader's tree, at `to` or later.
 */
export type SyncPlan =
  | { readonly mode: "diff" | "trunc"; readonly after: bigint; readonly to: bigint }
  | { readonly mode: "snap"; readonly to: bigint };

/**
 * Decides how a learner with the last zxid `peerLast` gets the leader's `history`; SPEC.md has the cases.
 *
 * @param peerLast of the learner's ACKEPOCH: its last logged record, or the snapshot that its log begins with; -1 if it has
 *   nothing and does not know why
 * @param hasRefusedTrunc true if the learner came back with the same last zxid after a `trunc`: its log does not reach that far
 *   back, so it needs a `snap`
 */
export function planSync(peerLast: bigint, history: ZxidHistory, hasRefusedTrunc = false): SyncPlan {
  const to = history.last;
  const common = history.floor(peerLast);
  if (common === undefined) return { mode: "snap", to };
  if (common === peerLast) return { mode: "diff", after: common, to };
  if (counterOf(peerLast) === 0) return planForStartOfEpoch(peerLast, common, history);
  // Records of one epoch come from one leader, so the learner has all of them up to its last one, and the common one too.
  const isSameEpoch = epochOf(common) === epochOf(peerLast) && counterOf(common) !== 0;
  return isSameEpoch && !hasRefusedTrunc ? { mode: "trunc", after: common, to } : { mode: "snap", to };
}

/**
 * Apache's leaders name a snapshot by the zxid e:0 if it has what the leader of epoch e began with, and nothing of that epoch.
 * A history in which a record of epoch e comes next began in the same way.
 */
function planForStartOfEpoch(peerLast: bigint, after: bigint, history: ZxidHistory): SyncPlan {
  const next = history.next(peerLast);
  const hasEpoch = next !== undefined && epochOf(next) === epochOf(peerLast);
  return hasEpoch ? { mode: "diff", after, to: history.last } : { mode: "snap", to: history.last };
}
