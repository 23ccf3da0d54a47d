import type { JuteReader } from "../jute-reader.js";
import { OpCode } from "../op-code.js";
import { type Empty, type Operation, readNothing, writeNothing } from "../operation.js";
import { writeStrings } from "./get-children.js";

/** SetWatches {long relativeZxid, vector&lt;ustring&gt; dataWatches, existWatches, childWatches} */
export interface SetWatchesRequest {
  /** The last transaction that the client has seen; watches of later changes fire at once. */
  readonly relativeZxid: bigint;
  readonly dataWatches: readonly string[];
  readonly existWatches: readonly string[];
  readonly childWatches: readonly string[];
}

/** A {@link SetWatchesRequest} as a server receives it. */
export interface ReceivedSetWatches {
  readonly relativeZxid: bigint;
  readonly dataWatches: RequestedPaths;
  readonly existWatches: RequestedPaths;
  readonly childWatches: RequestedPaths;
}

/** vector&lt;ustring&gt; of a request: the list and each of its paths may be null. */
export type RequestedPaths = readonly (string | null)[] | null;

const MIN_STRING_BYTES = 4;

export function readRequestedPaths(input: JuteReader): RequestedPaths {
  return input.readRequestVector(MIN_STRING_BYTES, (from) => from.readNullableString());
}

/**
 * Restores a client's one-shot watches after it connected to another server. The reply repeats the request's xid: -8 from
 * the C client, an ordinary xid from Java's (ClientCnxnSocketNIO.doIO).
 */
export const setWatches: Operation<SetWatchesRequest, Empty, Empty, ReceivedSetWatches> = {
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
    dataWatches: readRequestedPaths(input),
    existWatches: readRequestedPaths(input),
    childWatches: readRequestedPaths(input),
  }),
  writeResponse: writeNothing,
  readResponse: readNothing,
};
