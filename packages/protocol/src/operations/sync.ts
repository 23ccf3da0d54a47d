import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";

/** SyncRequest {ustring path} and SyncResponse {ustring path} */
export interface SyncPath {
  readonly path: string;
}

/** Asks the server to catch up with the leader before it answers what follows on this connection. */
export const sync: Operation<SyncPath, SyncPath> = {
  name: "sync",
  type: OpCode.sync,
  writeRequest: (out, request) => out.writeString(request.path),
  readRequest: (input) => ({ path: input.readString() }),
  writeResponse: (out, response) => out.writeString(response.path),
  readResponse: (input) => ({ path: input.readString() }),
};
