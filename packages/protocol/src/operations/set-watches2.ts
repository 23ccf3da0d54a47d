import { OpCode } from "../op-code.js";
import { type Empty, type Operation, readNothing, writeNothing } from "../operation.js";
import { writeStrings } from "./get-children.js";
import {
  type ReceivedSetWatches,
  type RequestedPaths,
  readRequestedPaths,
  type SetWatchesRequest,
  setWatches,
} from "./set-watches.js";

/**
 * SetWatches2 {long relativeZxid, vector&lt;ustring&gt; dataWatches, existWatches, childWatches, persistentWatches,
 * persistentRecursiveWatches}
 */
export interface SetWatches2Request extends SetWatchesRequest {
  /** Changes at these paths, and below the recursive ones, while the client was disconnected cause no events. */
  readonly persistentWatches: readonly string[];
  readonly persistentRecursiveWatches: readonly string[];
}

/** A {@link SetWatches2Request} as a server receives it. */
export interface ReceivedSetWatches2 extends ReceivedSetWatches {
  readonly persistentWatches: RequestedPaths;
  readonly persistentRecursiveWatches: RequestedPaths;
}

/** Restores one-shot and persistent watches: `setWatches` with two more lists. */
export const setWatches2: Operation<SetWatches2Request, Empty, Empty, ReceivedSetWatches2> = {
  name: "setWatches2",
  type: OpCode.setWatches2,
  writeRequest(out, request) {
    setWatches.writeRequest(out, request);
    writeStrings(out, request.persistentWatches);
    writeStrings(out, request.persistentRecursiveWatches);
  },
  readRequest: (input) => ({
    ...setWatches.readRequest(input),
    persistentWatches: readRequestedPaths(input),
    persistentRecursiveWatches: readRequestedPaths(input),
  }),
  writeResponse: writeNothing,
  readResponse: readNothing,
};
