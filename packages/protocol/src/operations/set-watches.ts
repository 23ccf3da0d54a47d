import type { JuteReader } from "../jute-reader.js";
import { OpCode } from "../op-code.js";
import { type Empty, type Operation, readNothing, writeNothing } from "../operation.js";
import { readPaths, writeStrings } from "./get-children.js";

/** SetWatches {long relativeZxid, vector&lt;ustring&gt; dataWatches, existWatches, childWatches} */
export interface SetWatchesRequest {
  /** The last transaction that the client has seen: what changed later fires at once. */
  readonly relativeZxid: bigint;
  readonly dataWatches: readonly string[];
  readonly existWatches: readonly string[];
  readonly childWatches: readonly string[];
}

const readPath = (input: JuteReader): string => input.readString();

/**
 * Leaves a client's one-shot watches on the server it moved to. The reply repeats the request's xid, whatever it is: -8
 * from the C client, but Java's puts its next ordinary xid over it (ClientCnxnSocketNIO.doIO).
 */
export const setWatches: Operation<SetWatchesRequest, Empty> = {
  name: "setWatches",
  type: OpCode.setWatches,
  writeRequest(out, request) {
    out.writeLong(request.relativeZxid);
    writeStrings(out, request.dataWatches);
    writeStrings(out, request.existWatches);
    writeStrings(out, request.childWatches);
  },
  readRequest: (input) => ({
    relativeZxid: input.readLong(),
    dataWatches: readPaths(input, readPath),
    existWatches: readPaths(input, readPath),
    childWatches: readPaths(input, readPath),
  }),
  writeResponse: writeNothing,
  readResponse: readNothing,
};
