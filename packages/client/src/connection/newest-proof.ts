import { JuteReader, Xid } from "@conclave/protocol";
import type { InFlightQueue } from "./in-flight-queue.js";

/**
 * Returns when the newest request was sent that these reply frames answer; `undefined` if they answer none. Reads the
 * xids only: answers to pings come in the order of the pings, and all others in the order of `inFlight`.
 */
export function newestProof(
  frames: readonly Uint8Array[],
  inFlight: InFlightQueue,
  pings: readonly number[],
): number | undefined {
  let pongs = 0;
  let replies = 0;
  for (const frame of frames) {
    if (frame.length < XID_BYTES) continue;
    const xid = new JuteReader(frame).readInt();
    if (xid === Xid.ping) pongs += 1;
    else if (xid >= 0 || xid === Xid.setWatches) replies += 1;
  }
  const proofs = [pings[pongs - 1], inFlight.at(replies - 1)?.sentAtMs].filter((sentAtMs) => sentAtMs !== undefined);
  return proofs.length === 0 ? undefined : Math.max(...proofs);
}

const XID_BYTES = 4;
