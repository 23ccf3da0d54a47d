import { shownText } from "@conclave/runtime";

/** Data of a znode as the page shows it. */
export interface ShownData {
  /** `text` if the bytes are UTF-8, `hex` if not, `null` for no data, `redacted` where the options hide it. */
  readonly form: "text" | "hex" | "null" | "redacted";
  /** The beginning, at most {@link SHOWN_BYTES} bytes. */
  readonly text: string;
  readonly bytes: number;
  readonly isCut: boolean;
}

/** Bytes of data that an answer holds at most. */
export const SHOWN_BYTES = 16_384;

/** Returns the data as the page shows it, cut to a bounded length. */
export function shownData(data: Buffer | null): ShownData {
  if (data === null) return { form: "null", text: "", bytes: 0, isCut: false };
  const isCut = data.length > SHOWN_BYTES;
  const head = data.subarray(0, SHOWN_BYTES);
  const common = { bytes: data.length, isCut };
  try {
    // A stream keeps a character that the cut divides for later.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(head, { stream: isCut });
    return { form: "text", text, ...common };
  } catch {
    const short = head.subarray(0, SHOWN_BYTES / 4);
    return { form: "hex", text: short.toString("hex"), bytes: data.length, isCut: short.length < data.length };
  }
}

/** Returns the id that a process wrote into its znode: one line, at most 120 characters, control characters as escapes. */
export function shownId(data: Buffer | null): string {
  const text = data?.subarray(0, 480).toString("utf8") ?? "";
  const shown = shownText(text);
  return shown.length > 120 ? `${shown.slice(0, 119)}…` : shown;
}

/** Returns a session id as servers log it. */
export const hex = (id: bigint): string => `0x${BigInt.asUintN(64, id).toString(16)}`;
