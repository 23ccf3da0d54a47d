import { OpCode } from "../op-code.js";
import { type Empty, type Operation, readNothing, writeNothing } from "../operation.js";

/** Ends the session and its ephemerals; the server answers, then closes the connection. A header only, both ways. */
export const closeSession: Operation<Empty, Empty> = {
  name: "closeSession",
  type: OpCode.closeSession,
  writeRequest: writeNothing,
  readRequest: readNothing,
  writeResponse: writeNothing,
  readResponse: readNothing,
};
