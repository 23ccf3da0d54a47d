import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { type RequestedAcl, readRequestedAcls, writeAcls } from "../records/acl.js";
import { readLookupPath } from "../records/lookup-path.js";
import { readStatResponse, type StatResponse, writeStatResponse } from "./exists.js";

/** SetACLRequest {ustring path, vector&lt;ACL&gt; acl, int version} */
export interface SetACLRequest {
  readonly path: string;
  readonly acl: readonly RequestedAcl[];
  /** The ACL's version (`aversion`) that the znode must have; -1 for any. */
  readonly version: number;
}

/** Replaces a znode's access control list if the version matches; the reply holds the new Stat. No watch fires. */
export const setACL: Operation<SetACLRequest, StatResponse> = {
  name: "setACL",
  type: OpCode.setACL,
  writeRequest(out, request) {
    out.writeString(request.path);
    writeAcls(out, request.acl);
    out.writeInt(request.version);
  },
  readRequest: (input) => ({ path: readLookupPath(input), acl: readRequestedAcls(input), version: input.readInt() }),
  writeResponse: writeStatResponse,
  readResponse: readStatResponse,
};
