import type { ZooKeeper } from "@conclave/client";
import { settled, type UnstableClient } from "./test-context.js";

/** A call whose requests are counted. */
export type Measured = () => unknown;
/** Prepares the znodes, and resolves with the call to measure. The requests of `zk` are counted, those of `other` are not. */
export type Prepare = (zk: ZooKeeper, path: string, other: ZooKeeper) => Promise<Measured>;
/** Round trips until the call resolves, and all requests, including those in the background. */
export type Cost = readonly [roundTrips: number, requests: number, prepare: Prepare];

/** Fault proxy that passes all frames to a callback. */
interface Inspectable {
  readonly connectString: string;
  cut(): void;
  refuse(): void;
  accept(): void;
  close(): Promise<void>;
  corrupt(inspect: (bytes: Buffer, direction: "requests" | "replies", index: number) => Buffer): void;
}

/** Counts the round trips and the requests of one call. */
export async function measure(
  { zk, proxy }: UnstableClient<Inspectable>,
  call: Measured,
): Promise<{ roundTrips: number; requests: number }> {
  await settled(zk);
  const count = new RequestCount();
  proxy.corrupt(count.inspect);
  await call();
  const { roundTrips } = count;
  await settled(zk);
  return { roundTrips, requests: count.requests };
}

/** Counts frames that pass a proxy. A round trip begins with a request that is sent while no reply is pending. */
class RequestCount {
  /** Completed round trips. A request without a reply yet does not count. */
  roundTrips = 0;
  requests = 0;
  readonly #pending = new Set<number>();
  #started = 0;

  readonly inspect = (bytes: Buffer, direction: "requests" | "replies", index: number): Buffer => {
    const xid = index === 0 ? 0 : bytes.readInt32BE(4);
    if (direction === "replies") {
      if (this.#pending.delete(xid)) this.roundTrips = this.#started;
    }
    // Handshakes, pings, watches and the requests of `settled` do not count.
    else if (xid > 0 && !bytes.subarray(8).equals(SYNC_OF_THE_ROOT)) {
      if (this.#pending.size === 0) this.#started++;
      this.requests++;
      this.#pending.add(xid);
    }
    return bytes;
  };
}

/** Operation code 9 and the path "/". */
const SYNC_OF_THE_ROOT = Buffer.from([0, 0, 0, 9, 0, 0, 0, 1, "/".charCodeAt(0)]);
