import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";

/** SyncRequest {ustring path} and SyncResponse {ustring path}: a server repeats the path, and null where that was null. */
export interface SyncPath {
  readonly path: string | null;
}

/** Makes the server catch up with the leader before it answers later requests of this connection. */
export const sync: Operation<SyncPath, SyncPath> = {
  name: "sync",
  type: OpCode.sync,
  writeRequest: (out, request) => out.writeString(request.path),
  readRequest: (input) => ({ path: input.readNullableString() }),
  writeResponse: (out, response) => out.writeString(response.path),
  readResponse: (input) => ({ path: input.readNullableString() }),
};
