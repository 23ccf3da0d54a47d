import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { type Acl, readAcls, writeAcls } from "../records/acl.js";
import { readStat, type Stat, writeStat } from "../records/stat.js";

/** {ustring path}: the request of getACL and getAllChildrenNumber. */
export interface PathRequest {
  readonly path: string;
}

export function writePathRequest(out: JuteWriter, request: PathRequest): void {
  out.writeString(request.path);
}

export function readPathRequest(input: JuteReader): PathRequest {
  return { path: input.readString() };
}

/** GetACLResponse {vector&lt;ACL&gt; acl, Stat stat} */
export interface GetACLResponse {
  /** For a client without ADMIN the server replaces the part after the colon of a digest by "x". */
  readonly acl: readonly Acl[];
  readonly stat: Stat;
}

/** Reads a znode's access control list and Stat; needs READ or ADMIN. */
export const getACL: Operation<PathRequest, GetACLResponse> = {
  name: "getACL",
  type: OpCode.getACL,
  writeRequest: writePathRequest,
  readRequest: readPathRequest,
  writeResponse(out, response) {
    writeAcls(out, response.acl);
    writeStat(out, response.stat);
  },
  readResponse: (input) => ({ acl: readAcls(input), stat: readStat(input) }),
};
