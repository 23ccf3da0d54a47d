import { type Random, systemRandom } from "@conclave/runtime";

/** Creates a unique prefix for the name of a znode: `_c_<uuid>-`, as in Curator's protected creation. */
export function protectionMarker(random: Random = systemRandom): string {
  const bytes = Buffer.from(random.bytes(16));
  // UUID version 4, variant 1 (RFC 9562, section 5.4).
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `_c_${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}-`;
}
