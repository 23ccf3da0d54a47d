import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { readStat, type Stat, writeStat } from "../records/stat.js";
import { type CreateRequest, readCreateRequest, writeCreateRequest } from "./create.js";

/** Create2Response {ustring path, Stat stat} */
export interface Create2Response {
  readonly path: string;
  readonly stat: Stat;
}

/** Creates a znode; the reply holds its path and its Stat. */
export const create2: Operation<CreateRequest, Create2Response> = {
  name: "create2",
  type: OpCode.create2,
  writeRequest: writeCreateRequest,
  readRequest: readCreateRequest,
  writeResponse(out, response) {
    out.writeString(response.path);
    writeStat(out, response.stat);
  },
  readResponse: (input) => ({ path: input.readString(), stat: readStat(input) }),
};
