import type { JuteReader } from "../jute-reader.js";

/**
 * A path of a request to which Apache's server answers null as it answers a path where nothing can be: null is read as the
 * empty one.
 */
export function readLookupPath(input: JuteReader): string {
  return input.readNullableString() ?? "";
}
