import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { readWatchedPath, type WatchedPath, writeWatchedPath } from "./exists.js";

/** GetChildrenResponse {vector&lt;ustring&gt; children}: names in no particular order. */
export interface GetChildrenResponse {
  readonly children: readonly string[];
}

/** Strings that are encoded already. */
export interface EncodedStrings {
  /** Number of strings. */
  readonly length: number;
  /** Writes each string by {@link JuteWriter.writeSlice}. */
  writeEach(out: JuteWriter): void;
}

/** A {@link GetChildrenResponse} as a server writes it: names may be encoded already. */
export interface GetChildrenReply {
  readonly children: readonly string[] | EncodedStrings;
}

const MIN_STRING_BYTES = 4;

export function writeStrings(out: JuteWriter, strings: readonly string[] | EncodedStrings): void {
  out.writeInt(strings.length);
  if ("writeEach" in strings) strings.writeEach(out);
  else for (const text of strings) out.writeString(text);
}

export function readStrings(input: JuteReader): string[] {
  return input.readVector(MIN_STRING_BYTES, (from) => from.readString());
}

/** Reads the names of a znode's children. The watch is added only if the znode exists. */
export const getChildren: Operation<WatchedPath, GetChildrenResponse, GetChildrenReply> = {
  name: "getChildren",
  type: OpCode.getChildren,
  writeRequest: writeWatchedPath,
  readRequest: readWatchedPath,
  writeResponse: (out, response) => writeStrings(out, response.children),
  readResponse: (input) => ({ children: readStrings(input) }),
};
