import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { type PathRequest, readPathRequest, writePathRequest } from "./get-acl.js";

/** GetAllChildrenNumberResponse {int totalNumber} */
export interface GetAllChildrenNumberResponse {
  /** How many znodes are below, at any depth. */
  readonly totalNumber: number;
}

/** The size of the tree below a znode, which itself does not count. Apache's server walks all of its znodes for it. */
export const getAllChildrenNumber: Operation<PathRequest, GetAllChildrenNumberResponse> = {
  name: "getAllChildrenNumber",
  type: OpCode.getAllChildrenNumber,
  writeRequest: writePathRequest,
  readRequest: readPathRequest,
  writeResponse: (out, response) => out.writeInt(response.totalNumber),
  readResponse: (input) => ({ totalNumber: input.readInt() }),
};
