import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import { type Empty, type Operation, readNothing, writeNothing } from "../operation.js";

/** CheckWatchesRequest {ustring path, int type}; RemoveWatchesRequest has the same layout. */
export interface WatchesOfPath {
  readonly path: string;
  /** A `WatcherType`. */
  readonly type: number;
}

export function writeWatchesOfPath(out: JuteWriter, request: WatchesOfPath): void {
  out.writeString(request.path);
  out.writeInt(request.type);
}

export function readWatchesOfPath(input: JuteReader): WatchesOfPath {
  return { path: input.readString(), type: input.readInt() };
}

/** Checks that this connection has a watch of that type at that path; NO_WATCHER if it has none. */
export const checkWatches: Operation<WatchesOfPath, Empty> = {
  name: "checkWatches",
  type: OpCode.checkWatches,
  writeRequest: writeWatchesOfPath,
  readRequest: readWatchesOfPath,
  writeResponse: writeNothing,
  readResponse: readNothing,
};
