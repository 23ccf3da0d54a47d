import { OpCode } from "../op-code.js";
import { type Empty, type Operation, readNothing, writeNothing } from "../operation.js";

/** Ends the session and deletes its ephemerals; the server answers, then closes the connection. Both frames are headers only. */
export const closeSession: Operation<Empty, Empty> = {
  name: "closeSession",
  type: OpCode.closeSession,
  writeRequest: writeNothing,
  readRequest: readNothing,
  writeResponse: writeNothing,
  readResponse: readNothing,
};
