import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { readLookupPath } from "../records/lookup-path.js";

/** AddWatchRequest {ustring path, int mode} */
export interface AddWatchRequest {
  readonly path: string;
  /** An `AddWatchMode`. */
  readonly mode: number;
}

/** ErrorResponse {int err}: the reply of addWatch, although the header has told the error already. */
export interface ErrorResponse {
  readonly err: number;
}

/** Leaves a watch that stays when it fires, whether there is a znode or not. */
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
