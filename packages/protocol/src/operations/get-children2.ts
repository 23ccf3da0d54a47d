import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { readStat, type Stat, writeStat } from "../records/stat.js";
import { readWatchedPath, type WatchedPath, writeWatchedPath } from "./exists.js";
import { type GetChildrenReply, readStrings, writeStrings } from "./get-children.js";

/** GetChildren2Response {vector&lt;ustring&gt; children, Stat stat} */
export interface GetChildren2Response {
  readonly children: readonly string[];
  /** The parent's Stat at the moment of the list. */
  readonly stat: Stat;
}

/** Reads the names of a znode's children and the znode's Stat. */
export const getChildren2: Operation<
  WatchedPath,
  GetChildren2Response,
  GetChildrenReply & Pick<GetChildren2Response, "stat">
> = {
  name: "getChildren2",
  type: OpCode.getChildren2,
  writeRequest: writeWatchedPath,
  readRequest: readWatchedPath,
  writeResponse(out, response) {
    writeStrings(out, response.children);
    writeStat(out, response.stat);
  },
  readResponse: (input) => ({ children: readStrings(input), stat: readStat(input) }),
};
