import { OpCode } from "../op-code.js";
import { type Empty, type Operation, readNothing, writeNothing } from "../operation.js";
import { readVersionedPath, type VersionedPath, writeVersionedPath } from "./delete.js";

/** CheckVersionRequest {ustring path, int version}. Part of a multi only: on its own every server refuses it. */
export const check: Operation<VersionedPath, Empty> = {
  name: "check",
  type: OpCode.check,
  writeRequest: writeVersionedPath,
  readRequest: readVersionedPath,
  writeResponse: writeNothing,
  readResponse: readNothing,
};
