import { createHash } from "node:crypto";

/** Longer values are shown by their length and a hash. */
const LONG_BYTES = 300;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const UNREADABLE = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\uf8ff\ufeff\ufff0-\uffff]/g;

/** Returns readable text for bytes, different for different bytes: JSON text for UTF-8, else hexadecimal. */
export function showBytes(bytes: Uint8Array): string {
  if (bytes.length > LONG_BYTES) {
    return `<${bytes.length} bytes, sha256 ${createHash("sha256").update(bytes).digest("hex")}>`;
  }
  try {
    const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
    return JSON.stringify(utf8.decode(bytes)).replace(UNREADABLE, escaped);
  } catch {
    return `x"${Buffer.from(bytes).toString("hex")}"`;
  }
}
