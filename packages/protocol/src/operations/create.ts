import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { type RequestedAcl, readRequestedAcls, writeAcls } from "../records/acl.js";

/** CreateRequest {ustring path, buffer data, vector&lt;ACL&gt; acl, int flags} */
export interface CreateRequest {
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly RequestedAcl[];
  /** A `CreateMode`. */
  readonly flags: number;
}

/** CreateResponse {ustring path} */
export interface CreateResponse {
  /** The path of the new znode, with its number if the mode is sequential. */
  readonly path: string;
}

export function writeCreateRequest(out: JuteWriter, request: CreateRequest): void {
  out.writeString(request.path);
  out.writeBuffer(request.data);
  writeAcls(out, request.acl);
  out.writeInt(request.flags);
}

export function readCreateRequest(input: JuteReader): CreateRequest {
  return { path: input.readString(), data: input.readBuffer(), acl: readRequestedAcls(input), flags: input.readInt() };
}

/** Creates a znode; the reply holds its path. */
export const create: Operation<CreateRequest, CreateResponse> = {
  name: "create",
  type: OpCode.create,
  writeRequest: writeCreateRequest,
  readRequest: readCreateRequest,
  writeResponse: (out, response) => out.writeString(response.path),
  readResponse: (input) => ({ path: input.readString() }),
};
