import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";

/** SyncRequest {ustring path} and SyncResponse {ustring path} */
export interface SyncPath {
  readonly path: string;
}

/** A {@link SyncPath} of a server, which repeats the path of the request: null where that was null. */
export interface SyncReply {
  readonly path: string | null;
}

/** Asks the server to catch up with the leader before it answers what follows on this connection. */
export const sync: Operation<SyncPath, SyncPath, SyncReply> = {
  name: "sync",
  type: OpCode.sync,
  writeRequest: (out, request) => out.writeString(request.path),
  readRequest: (input) => ({ path: input.readString() }),
  writeResponse: (out, response) => out.writeString(response.path),
  readResponse: (input) => ({ path: input.readString() }),
};
