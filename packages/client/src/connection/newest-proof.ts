import { JuteReader, Xid } from "@conclave/protocol";
import type { InFlightQueue } from "./in-flight-queue.js";

/**
 * Returns the send time of the newest request that these frames answer; `undefined` if they answer none. Reads only the
 * xids: pings are answered in the order of `pings`, and all other requests in the order of `inFlight`.
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
