import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { readStrings, writeStrings } from "./get-children.js";

/** GetEphemeralsRequest {ustring prefixPath} */
export interface GetEphemeralsRequest {
  /** Prefix of the paths, compared by character and not by component; "" and "/" match all. Null reads as "". */
  readonly prefixPath: string;
}

/** GetEphemeralsResponse {vector&lt;ustring&gt; ephemerals}: full paths in no particular order. */
export interface GetEphemeralsResponse {
  readonly ephemerals: readonly string[];
}

/** Lists the ephemerals of the requesting session. */
export const getEphemerals: Operation<GetEphemeralsRequest, GetEphemeralsResponse> = {
  name: "getEphemerals",
  type: OpCode.getEphemerals,
  writeRequest: (out, request) => out.writeString(request.prefixPath),
  readRequest: (input) => ({ prefixPath: input.readNullableString() ?? "" }),
  writeResponse: (out, response) => writeStrings(out, response.ephemerals),
  readResponse: (input) => ({ ephemerals: readStrings(input) }),
};
