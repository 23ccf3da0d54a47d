import type { ZnodeData } from "../api/operation-options.js";

/** Converts data from the caller to bytes. Bytes are not copied. */
export function toBytes(data: ZnodeData): Uint8Array | null {
  return typeof data === "string" ? Buffer.from(data) : data;
}

/** Copies bytes from the socket's buffer for the caller. */
export function copyOf(view: Uint8Array | null): Buffer | null {
  return view === null ? null : Buffer.from(view);
}
