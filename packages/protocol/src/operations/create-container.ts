import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { type CreateRequest, readCreateRequest, writeCreateRequest } from "./create.js";
import { type Create2Response, create2 } from "./create2.js";

/**
 * Creates a container: the server deletes it some time after its last child was deleted. The request's flags are
 * `CreateMode.CONTAINER`.
 */
export const createContainer: Operation<CreateRequest, Create2Response> = {
  name: "createContainer",
  type: OpCode.createContainer,
  writeRequest: writeCreateRequest,
  readRequest: readCreateRequest,
  writeResponse: create2.writeResponse,
  readResponse: create2.readResponse,
};
