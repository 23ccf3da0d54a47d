import { JuteReader, Xid } from "@conclave/protocol";
import { InFlightQueue } from "./in-flight-queue.js";

const XID_BYTES = 4;

/**
 * Requests of one connection that were sent and are not answered. A server answers operations in their order, pings in
 * theirs, and credentials in theirs; the answers of one kind may overtake those of another.
 */
export class Unanswered {
  readonly operations = new InFlightQueue();
  /** Send times of the pings. */
  readonly pings: number[] = [];
  /** Callbacks for the result codes of credentials. */
  readonly credentials: ((errno: number) => void)[] = [];

  /** Returns the send time of the newest operation or ping; `-Infinity` for none. */
  get newestSentAtMs(): number {
    const { operations, pings } = this;
    return Math.max(pings.at(-1) ?? -Infinity, operations.at(operations.size - 1)?.sentAtMs ?? -Infinity);
  }

  /**
   * Returns the send time of the newest request that these frames answer; `undefined` if they answer none. Reads only
   * their xids.
   */
  newestAnsweredMs(frames: readonly Uint8Array[]): number | undefined {
    let pongs = 0;
    let replies = 0;
    for (const frame of frames) {
      if (frame.length < XID_BYTES) continue;
      const xid = new JuteReader(frame).readInt();
      if (xid === Xid.ping) pongs += 1;
      else if (xid >= 0 || xid === Xid.setWatches) replies += 1;
    }
    const times = [this.pings[pongs - 1], this.operations.at(replies - 1)?.sentAtMs];
    const known = times.filter((sentAtMs) => sentAtMs !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  }
}
