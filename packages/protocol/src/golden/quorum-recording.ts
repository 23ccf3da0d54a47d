import recorded from "../../golden/quorum-3.8.0.json" with { type: "json" };
import { fromHex } from "./hex.js";

/** One direction of a connection between two members of an Apache ensemble, from golden/quorum-3.8.0.json. */
export interface RecordedStream {
  /** Sender and receiver. */
  readonly name: string;
  /** `dialed`: a hello, then frames of the election; `accepted`: frames only. */
  readonly kind: "packets" | "dialed" | "accepted";
  /** Whole packets or frames only. */
  readonly bytes: Uint8Array;
  /** The items that Java's classes read from the bytes. */
  readonly items: readonly RecordedItem[];
}

/** A packet, the snapshot after a SNAP packet, a hello or a notification. Fields as Java names them, longs in decimal. */
export interface RecordedItem {
  readonly type?: number;
  readonly zxid?: string;
  readonly data?: string | null;
  /** Null is recorded as no identities. */
  readonly authinfo?: readonly { readonly scheme: string; readonly id: string }[];
  readonly snapshotBytes?: number;
  readonly first?: string;
  readonly sid?: string;
  readonly addresses?: readonly { readonly host: string; readonly port: number }[];
  readonly state?: number;
  readonly leader?: string;
  readonly electionEpoch?: string;
  readonly peerEpoch?: string;
  readonly version?: number;
  readonly config?: string;
}

/** The streams of an ensemble of 3.8.0: server 1 follows, server 2 leads, server 3 observes. */
export const streams: readonly RecordedStream[] = recorded.streams.map(({ name, kind, hex, items }) => ({
  name,
  kind: kind as RecordedStream["kind"],
  bytes: fromHex(hex),
  items: items as readonly RecordedItem[],
}));

/** Returns the data of each recorded packet of this type that `senders` matches by the stream's name. */
export function recordedData(type: number, senders = /./): readonly (Uint8Array | null)[] {
  return streams
    .filter(({ name }) => senders.test(name))
    .flatMap(({ items }) => items)
    .filter((item) => item.type === type)
    .map(({ data }) => (data === null ? null : fromHex(data!)));
}

/** Hellos of version 1, and the addresses that Java reads from each; `undefined` where it refuses them. */
export const hellos: readonly {
  readonly address: string;
  readonly bytes: Uint8Array;
  readonly addresses: RecordedItem["addresses"];
}[] = recorded.hellos.map(({ address, hex, addresses }) => ({ address, bytes: fromHex(hex), addresses }));

/** A notification in the form of 40 bytes, as Java makes it: state 2, leader 3, zxid 0x500000007, round 9, epoch 6. */
export const notificationWithoutConfig: Uint8Array = fromHex(recorded.notificationWithoutConfig);
