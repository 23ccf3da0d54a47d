import { waiterOrder } from "../wait-queue/waiter-order.js";

/*
 * How an election lies on znodes, as Curator's LeaderLatch lays it out, so that both can stand in one election:
 *
 *     <path>/_c_<uuid>-latch-<sequence number>     ephemeral; its data is the participant's id, in UTF-8
 *
 * `_c_<uuid>-` is the marker of Curator's protected creation. The server appends the number.
 */

/** What the name of a candidate's znode has between its marker and its number. */
export const CANDIDATE_STEM = "latch-";

/** Those who stand in an election. */
export const candidates = waiterOrder(CANDIDATE_STEM);
