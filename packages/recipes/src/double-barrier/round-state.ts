/**
 * One round of a double barrier as a pure state machine: the next step of a participant, given one look at the round.
 * SPEC.md has the table and the invariants.
 */
import { waiterOrder } from "../wait-queue/waiter-order.js";

/** Part of a participant's znode name between the marker and the number. */
export const MEMBER_STEM = "member-";
const order = waiterOrder(MEMBER_STEM);

/** One look at a round. */
export interface RoundSnapshot {
  /** Names of the participants that entered, in queue order; `undefined` while the round is open. */
  readonly roster: readonly string[] | undefined;
  /** Names of the participants' znodes that exist. */
  readonly children: readonly string[];
  /** The participant's own znode. */
  readonly own: string;
}

/** Next step of a participant that enters. */
export type EnterStep =
  /** Until the round begins. */
  | { readonly type: "wait" }
  /** Begin the round with these, if all of them are there still. */
  | { readonly type: "begin"; readonly roster: readonly string[] }
  | { readonly type: "entered" }
  /** The round began without us: try the next. */
  | { readonly type: "passedOver" }
  /** Our znode was deleted: enter again. */
  | { readonly type: "gone" };

/** Returns the next step of a participant that enters a barrier of `size`. */
export function enterStep({ roster, children, own }: RoundSnapshot, size: number): EnterStep {
  const isHere = children.includes(own);
  if (roster !== undefined && !roster.includes(own)) return { type: "passedOver" };
  if (!isHere) return { type: "gone" };
  if (roster !== undefined) return { type: "entered" };
  const here = order.waiters(children);
  return here.length < size ? { type: "wait" } : { type: "begin", roster: here.slice(0, size) };
}

/** Next step of a participant that leaves: deletes its znode or keeps it, and then watches another's znode or is done. */
export interface LeaveStep {
  readonly deletesOwn: boolean;
  readonly watch: string | undefined;
}

/**
 * Returns the next step of a participant that leaves. The first in queue order stays until all others have left and waits
 * for them one by one; the others wait for it. So each departure wakes one participant, and the last one wakes all (the
 * order in the ZooKeeper paper).
 */
export function leaveStep({ roster = [], children, own }: RoundSnapshot): LeaveStep {
  const here = roster.filter((name) => children.includes(name));
  const isHere = here.includes(own);
  const others = here.filter((name) => name !== own);
  if (others.length === 0) return { deletesOwn: isHere, watch: undefined };
  return here[0] === own ? { deletesOwn: false, watch: others.at(-1) } : { deletesOwn: isHere, watch: others[0] };
}
