import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { readWatchedPath, type WatchedPath, writeWatchedPath } from "./exists.js";

/** GetChildrenResponse {vector&lt;ustring&gt; children}: names, in no order that a caller may rely on. */
export interface GetChildrenResponse {
  readonly children: readonly string[];
}

const MIN_STRING_BYTES = 4;

export function writeStrings(out: JuteWriter, strings: readonly string[]): void {
  out.writeVector(strings, (to, text) => to.writeString(text));
}

export function readStrings(input: JuteReader): string[] {
  return input.readVector(MIN_STRING_BYTES, (from) => from.readString());
}

/** The names of a znode's children. The watch is left only if the znode exists. */
export const getChildren: Operation<WatchedPath, GetChildrenResponse> = {
  name: "getChildren",
  type: OpCode.getChildren,
  writeRequest: writeWatchedPath,
  readRequest: readWatchedPath,
  writeResponse: (out, response) => writeStrings(out, response.children),
  readResponse: (input) => ({ children: readStrings(input) }),
};
