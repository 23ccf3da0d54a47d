import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { readLookupPath } from "../records/lookup-path.js";

/** AddWatchRequest {ustring path, int mode} */
export interface AddWatchRequest {
  readonly path: string;
  /** An `AddWatchMode`. */
  readonly mode: number;
}

/** ErrorResponse {int err}: the reply of addWatch, which repeats the error of the header. */
export interface ErrorResponse {
  readonly err: number;
}

/** Adds a persistent watch, whether the znode exists or not. */
export const addWatch: Operation<AddWatchRequest, ErrorResponse> = {
  name: "addWatch",
  type: OpCode.addWatch,
  writeRequest(out, request) {
    out.writeString(request.path);
    out.writeInt(request.mode);
  },
  readRequest: (input) => ({ path: readLookupPath(input), mode: input.readInt() }),
  writeResponse: (out, response) => out.writeInt(response.err),
  readResponse: (input) => ({ err: input.readInt() }),
};
