import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { readStrings, writeStrings } from "./get-children.js";

/** GetEphemeralsRequest {ustring prefixPath} */
export interface GetEphemeralsRequest {
  /** What the paths start with, letter by letter and not by component; "" and "/" for all. Null reads as "". */
  readonly prefixPath: string;
}

/** GetEphemeralsResponse {vector&lt;ustring&gt; ephemerals}: whole paths, in no order that a caller may rely on. */
export interface GetEphemeralsResponse {
  readonly ephemerals: readonly string[];
}

/** The ephemerals of the session that asks. */
export const getEphemerals: Operation<GetEphemeralsRequest, GetEphemeralsResponse> = {
  name: "getEphemerals",
  type: OpCode.getEphemerals,
  writeRequest: (out, request) => out.writeString(request.prefixPath),
  readRequest: (input) => ({ prefixPath: input.readNullableString() ?? "" }),
  writeResponse: (out, response) => writeStrings(out, response.ephemerals),
  readResponse: (input) => ({ ephemerals: readStrings(input) }),
};
