import type { ZnodeData } from "../operation-options.js";

/** What the caller gives as bytes. No copy is made of bytes. */
export function toBytes(data: ZnodeData): Uint8Array | null {
  return typeof data === "string" ? Buffer.from(data) : data;
}

/** A copy for the caller of bytes that lie in a socket's buffer. */
export function copyOf(view: Uint8Array | null): Buffer | null {
  return view === null ? null : Buffer.from(view);
}
