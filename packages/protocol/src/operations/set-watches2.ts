import { OpCode } from "../op-code.js";
import { type Empty, type Operation, readNothing, writeNothing } from "../operation.js";
import { readLookupPath } from "../records/lookup-path.js";
import { readPaths, writeStrings } from "./get-children.js";
import { type SetWatchesRequest, setWatches } from "./set-watches.js";

/**
 * SetWatches2 {long relativeZxid, vector&lt;ustring&gt; dataWatches, existWatches, childWatches, persistentWatches,
 * persistentRecursiveWatches}
 */
export interface SetWatches2Request extends SetWatchesRequest {
  /** What changed at these paths, and below the recursive ones, while the client was away is not told. */
  readonly persistentWatches: readonly string[];
  readonly persistentRecursiveWatches: readonly string[];
}

/** As `setWatches`, and leaves persistent watches. */
export const setWatches2: Operation<SetWatches2Request, Empty> = {
  name: "setWatches2",
  type: OpCode.setWatches2,
  writeRequest(out, request) {
    setWatches.writeRequest(out, request);
    writeStrings(out, request.persistentWatches);
    writeStrings(out, request.persistentRecursiveWatches);
  },
  readRequest: (input) => ({
    ...setWatches.readRequest(input),
    persistentWatches: readPaths(input, readLookupPath),
    persistentRecursiveWatches: readPaths(input, readLookupPath),
  }),
  writeResponse: writeNothing,
  readResponse: readNothing,
};
