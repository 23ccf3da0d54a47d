import { OpCode } from "../op-code.js";
import { type Empty, type Operation, readNothing, writeNothing } from "../operation.js";

/** Keeps a session alive; its frames carry the xid -2 and a header only. */
export const ping: Operation<Empty, Empty> = {
  name: "ping",
  type: OpCode.ping,
  writeRequest: writeNothing,
  readRequest: readNothing,
  writeResponse: writeNothing,
  readResponse: readNothing,
};
