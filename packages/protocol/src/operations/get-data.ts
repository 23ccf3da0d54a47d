import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { readStat, type Stat, writeStat } from "../records/stat.js";
import { readWatchedPath, type WatchedPath, writeWatchedPath } from "./exists.js";

/** GetDataResponse {buffer data, Stat stat} */
export interface GetDataResponse {
  readonly data: Uint8Array | null;
  readonly stat: Stat;
}

/** Reads a znode's data and Stat. The data is a view of the frame. The watch is added only if the znode exists. */
export const getData: Operation<WatchedPath, GetDataResponse> = {
  name: "getData",
  type: OpCode.getData,
  writeRequest: writeWatchedPath,
  readRequest: readWatchedPath,
  writeResponse(out, response) {
    out.writeBuffer(response.data);
    writeStat(out, response.stat);
  },
  readResponse: (input) => ({ data: input.readBuffer(), stat: readStat(input) }),
};
