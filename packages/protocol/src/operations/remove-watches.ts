import { OpCode } from "../op-code.js";
import { type Empty, type Operation, readNothing, writeNothing } from "../operation.js";
import { readLookupPath } from "../records/lookup-path.js";
import { type WatchesOfPath, writeWatchesOfPath } from "./check-watches.js";

/** Removes this connection's watches of that type at that path; NO_WATCHER if there are none. The server sends no event. */
export const removeWatches: Operation<WatchesOfPath, Empty> = {
  name: "removeWatches",
  type: OpCode.removeWatches,
  writeRequest: writeWatchesOfPath,
  readRequest: (input) => ({ path: readLookupPath(input), type: input.readInt() }),
  writeResponse: writeNothing,
  readResponse: readNothing,
};
