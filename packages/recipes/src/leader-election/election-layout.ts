import { waiterOrder } from "../wait-queue/waiter-order.js";

/*
 * Layout of Curator's LeaderLatch, so that Java and Node.js processes can share an election:
 *
 *     <path>/_c_<uuid>-latch-<sequence number>     ephemeral; its data is the participant's id, in UTF-8
 *
 * `_c_<uuid>-` is the marker of Curator's protected creation. The server appends the number.
 */

/** Part of a candidate's znode name between the marker and the sequence number. */
export const CANDIDATE_STEM = "latch-";

/** Order of the candidates of an election. */
export const candidates = waiterOrder(CANDIDATE_STEM);
