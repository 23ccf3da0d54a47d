import type { JuteReader } from "../jute-reader.js";

/**
 * Reads a path of a request; null reads as the empty path, which Apache answers like null in these requests.
 */
export function readLookupPath(input: JuteReader): string {
  return input.readNullableString() ?? "";
}
