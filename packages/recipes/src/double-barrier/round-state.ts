/**
 * One round of a double barrier, as a pure machine: what a participant does next, by what one look at the round shows it.
 * SPEC.md has the table and the invariants.
 */
import { waiterOrder } from "../wait-queue/waiter-order.js";

/** What the name of a participant's znode has between its marker and its number. */
export const MEMBER_STEM = "member-";
const order = waiterOrder(MEMBER_STEM);

/** What a look at a round shows. */
export interface RoundLook {
  /** Who passed, in the order of the line; `undefined` while the round is open. */
  readonly roster: readonly string[] | undefined;
  /** The znodes of those who are there. */
  readonly children: readonly string[];
  /** The participant's own znode. */
  readonly own: string;
}

/** What one who wants to enter does. */
export type EnterStep =
  /** Until the round begins. */
  | { readonly type: "wait" }
  /** Begin the round with these, if all of them are there still. */
  | { readonly type: "begin"; readonly roster: readonly string[] }
  | { readonly type: "entered" }
  /** The round began without us: try the next. */
  | { readonly type: "passedOver" }
  /** Our znode is gone: stand again. */
  | { readonly type: "gone" };

/** The next step of one who wants to enter a barrier for `size`. */
export function enterStep({ roster, children, own }: RoundLook, size: number): EnterStep {
  const isHere = children.includes(own);
  if (roster !== undefined && !roster.includes(own)) return { type: "passedOver" };
  if (!isHere) return { type: "gone" };
  if (roster !== undefined) return { type: "entered" };
  const here = order.waiters(children);
  return here.length < size ? { type: "wait" } : { type: "begin", roster: here.slice(0, size) };
}

/** What one who leaves does: deletes its znode or not, and then watches the znode of another, or is done. */
export interface LeaveStep {
  readonly deletesOwn: boolean;
  readonly watch: string | undefined;
}

/**
 * The next step of one who leaves. The first in line stays until all others have gone and waits for them one by one; the
 * others wait for it. So each end wakes one, and the last one all (the order of the ZooKeeper paper).
 */
export function leaveStep({ roster = [], children, own }: RoundLook): LeaveStep {
  const here = roster.filter((name) => children.includes(name));
  const isHere = here.includes(own);
  const others = here.filter((name) => name !== own);
  if (others.length === 0) return { deletesOwn: isHere, watch: undefined };
  return here[0] === own ? { deletesOwn: false, watch: others.at(-1) } : { deletesOwn: isHere, watch: others[0] };
}
