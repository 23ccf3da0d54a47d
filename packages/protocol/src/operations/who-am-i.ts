import { OpCode } from "../op-code.js";
import { type Empty, type Operation, readNothing, writeNothing } from "../operation.js";
import { type ClientInfo, readClientInfos, writeClientInfos } from "../records/client-info.js";

/** WhoAmIResponse {vector&lt;ClientInfo&gt; clientInfo} */
export interface WhoAmIResponse {
  readonly clientInfo: readonly ClientInfo[];
}

/** Lists the identities of this connection: its address, and each proven one. */
export const whoAmI: Operation<Empty, WhoAmIResponse> = {
  name: "whoAmI",
  type: OpCode.whoAmI,
  writeRequest: writeNothing,
  readRequest: readNothing,
  writeResponse: (out, response) => writeClientInfos(out, response.clientInfo),
  readResponse: (input) => ({ clientInfo: readClientInfos(input) }),
};
