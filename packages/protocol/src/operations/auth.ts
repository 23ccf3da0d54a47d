import { OpCode } from "../op-code.js";
import { type Empty, type Operation, readNothing, writeNothing } from "../operation.js";

/** AuthPacket {int type = 0, ustring scheme, buffer auth} */
export interface AuthPacket {
  readonly scheme: string;
  readonly auth: Uint8Array | null;
}

/** Adds credentials to the connection; its frames carry the xid -4. The reply is a header with zxid 0. */
export const auth: Operation<AuthPacket, Empty> = {
  name: "auth",
  type: OpCode.auth,
  writeRequest(out, request) {
    out.writeInt(0);
    out.writeString(request.scheme);
    out.writeBuffer(request.auth);
  },
  readRequest(input) {
    input.readInt();
    // Null reads as an unknown scheme: Apache answers AUTH_FAILED to both.
    return { scheme: input.readNullableString() ?? "", auth: input.readBuffer() };
  },
  writeResponse: writeNothing,
  readResponse: readNothing,
};
