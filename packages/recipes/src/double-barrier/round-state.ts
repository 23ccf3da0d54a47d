/**
 * One round of a double barrier as pure functions: the next step of a participant, given one read of the round. SPEC.md has the
 * tables and the invariants.
 */
import { waiterOrder } from "../wait-queue/waiter-order.js";

/** Part of a participant's znode name between the marker and the sequence number. */
export const MEMBER_STEM = "member-";
const order = waiterOrder(MEMBER_STEM);

/** Result of one read of a round. */
export interface RoundSnapshot {
  /** Names of the participants that entered, in queue order; `undefined` while the round is open. */
  readonly roster: readonly string[] | undefined;
  /** Names of the participants' znodes that exist. */
  readonly children: readonly string[];
  /** Name of the participant's own znode. */
  readonly own: string;
}

/** Next step of a participant that enters. */
export type EnterStep =
  /** Wait until the round begins. */
  | { readonly type: "wait" }
  /** Begin the round with this roster, on the condition that all of its znodes exist. */
  | { readonly type: "begin"; readonly roster: readonly string[] }
  | { readonly type: "entered" }
  /** The round began without this participant: enter the next one. */
  | { readonly type: "passedOver" }
  /** The own znode was deleted: enter again. */
  | { readonly type: "gone" };

/** Returns the next step of a participant that enters a barrier of `size`. */
export function enterStep({ roster, children, own }: RoundSnapshot, size: number): EnterStep {
  const exists = children.includes(own);
  if (roster !== undefined && !roster.includes(own)) return { type: "passedOver" };
  if (!exists) return { type: "gone" };
  if (roster !== undefined) return { type: "entered" };
  const present = order.waiters(children);
  return present.length < size ? { type: "wait" } : { type: "begin", roster: present.slice(0, size) };
}

/**
 * Next step of a participant that leaves: delete or keep its znode, then watch the znode of another participant or stop
 * waiting.
 */
export interface LeaveStep {
  readonly deletesOwn: boolean;
  readonly watch: string | undefined;
}

/**
 * Returns the next step of a participant that leaves. The first in queue order keeps its znode until all others have left, and
 * waits for them one by one; the others wait for the first. So each departure wakes one participant, and the last one wakes all
 * (the algorithm of the ZooKeeper paper).
 */
export function leaveStep({ roster = [], children, own }: RoundSnapshot): LeaveStep {
  const present = roster.filter((name) => children.includes(name));
  const exists = present.includes(own);
  const others = present.filter((name) => name !== own);
  if (others.length === 0) return { deletesOwn: exists, watch: undefined };
  return present[0] === own ? { deletesOwn: false, watch: others.at(-1) } : { deletesOwn: exists, watch: others[0] };
}
