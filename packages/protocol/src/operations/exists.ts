import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { readStat, type Stat, writeStat } from "../records/stat.js";

/** {ustring path, bool watch}: the request of exists, getData, getChildren and getChildren2. */
export interface WatchedPath {
  readonly path: string;
  /** Adds a one-shot watch. */
  readonly watch: boolean;
}

export function writeWatchedPath(out: JuteWriter, request: WatchedPath): void {
  out.writeString(request.path);
  out.writeBool(request.watch);
}

export function readWatchedPath(input: JuteReader): WatchedPath {
  return { path: input.readString(), watch: input.readBool() };
}

/** {Stat stat}: the reply of exists and setData. */
export interface StatResponse {
  readonly stat: Stat;
}

export function writeStatResponse(out: JuteWriter, response: StatResponse): void {
  writeStat(out, response.stat);
}

export function readStatResponse(input: JuteReader): StatResponse {
  return { stat: readStat(input) };
}

/** Reads a znode's Stat; NO_NODE if there is none. The watch is added in both cases. */
export const exists: Operation<WatchedPath, StatResponse> = {
  name: "exists",
  type: OpCode.exists,
  writeRequest: writeWatchedPath,
  readRequest: readWatchedPath,
  writeResponse: writeStatResponse,
  readResponse: readStatResponse,
};
