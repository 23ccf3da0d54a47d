import frames from "../../golden/apache-3.8.0.json" with { type: "json" };
import { fromHex } from "./hex.js";

/** One frame of the recording in golden/apache-3.8.0.json: its bytes, and the record that Java's classes read from them. */
export interface RecordedFrame {
  readonly connection: number;
  readonly from: "client" | "server";
  /** Name of the step of the recorded client. */
  readonly step: string;
  /** Without its length. */
  readonly bytes: Uint8Array;
  /** `connect`, `event`, `unknown`, or the operation's name. */
  readonly kind: string;
  /** Fields as zookeeper.jute names them, longs in decimal. */
  readonly header?: Readonly<Record<string, number | string>>;
  readonly record?: unknown;
  readonly readOnly?: boolean;
}

/** A client of 3.8.0 and a server of 3.8.0, in the order of the wire. */
export const recording: readonly RecordedFrame[] = frames.map(({ hex, ...frame }) => ({
  ...(frame as unknown as RecordedFrame),
  bytes: fromHex(hex),
}));

/** The only frame with a string that a round trip changes: Java does not read back the surrogate pair that it writes. */
export const hasPair = (frame: RecordedFrame): boolean =>
  frame.step.includes("surrogate pair") && frame.from === "client";

/** Frames that are read, and never written: besides {@link hasPair}, two that Java's client never sends. */
export const isOneWay = (frame: RecordedFrame): boolean =>
  hasPair(frame) ||
  (frame.kind === "multiRead" && frame.from === "client" && frame.step.includes("watch flag")) ||
  (frame.kind === "getEphemerals" && frame.from === "client" && frame.step.includes("null prefix"));
