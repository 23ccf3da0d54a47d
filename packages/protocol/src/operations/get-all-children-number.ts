import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { type PathRequest, readPathRequest, writePathRequest } from "./get-acl.js";

/** GetAllChildrenNumberResponse {int totalNumber} */
export interface GetAllChildrenNumberResponse {
  /** Number of znodes below, at any depth. */
  readonly totalNumber: number;
}

/** Counts the znodes below a znode, without the znode itself. Apache's server walks all of its znodes for that. */
export const getAllChildrenNumber: Operation<PathRequest, GetAllChildrenNumberResponse> = {
  name: "getAllChildrenNumber",
  type: OpCode.getAllChildrenNumber,
  writeRequest: writePathRequest,
  readRequest: readPathRequest,
  writeResponse: (out, response) => out.writeInt(response.totalNumber),
  readResponse: (input) => ({ totalNumber: input.readInt() }),
};
