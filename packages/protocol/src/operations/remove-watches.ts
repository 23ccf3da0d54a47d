import { OpCode } from "../op-code.js";
import { type Empty, type Operation, readNothing, writeNothing } from "../operation.js";
import { readWatchesOfPath, type WatchesOfPath, writeWatchesOfPath } from "./check-watches.js";

/** Removes this connection's watches of that type at that path; NO_WATCHER if it has none. The server sends no event for it. */
export const removeWatches: Operation<WatchesOfPath, Empty> = {
  name: "removeWatches",
  type: OpCode.removeWatches,
  writeRequest: writeWatchesOfPath,
  readRequest: readWatchesOfPath,
  writeResponse: writeNothing,
  readResponse: readNothing,
};
