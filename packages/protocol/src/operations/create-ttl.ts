import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { type CreateRequest, readCreateRequest, writeCreateRequest } from "./create.js";
import { type Create2Response, create2 } from "./create2.js";

/** CreateTTLRequest {ustring path, buffer data, vector&lt;ACL&gt; acl, int flags, long ttl} */
export interface CreateTTLRequest extends CreateRequest {
  /** In milliseconds; servers take 1 to 2^40 - 1. */
  readonly ttl: bigint;
}

export function writeCreateTTLRequest(out: JuteWriter, request: CreateTTLRequest): void {
  writeCreateRequest(out, request);
  out.writeLong(request.ttl);
}

export function readCreateTTLRequest(input: JuteReader): CreateTTLRequest {
  return { ...readCreateRequest(input), ttl: input.readLong() };
}

/**
 * Creates a znode that the server deletes when it has no children and has not changed for `ttl`. The request's flags are
 * one of the two TTL modes. UNIMPLEMENTED if the server runs without `extendedTypesEnabled`.
 */
export const createTTL: Operation<CreateTTLRequest, Create2Response> = {
  name: "createTTL",
  type: OpCode.createTTL,
  writeRequest: writeCreateTTLRequest,
  readRequest: readCreateTTLRequest,
  writeResponse: create2.writeResponse,
  readResponse: create2.readResponse,
};
