import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";

/** GetSASLRequest {buffer token} and SetSASLResponse {buffer token} */
export interface SaslToken {
  /** Empty in the first request of DIGEST-MD5. Null in a reply: the server has nothing to add. A view of the frame. */
  readonly token: Uint8Array | null;
}

function writeToken(out: JuteWriter, { token }: SaslToken): void {
  out.writeBuffer(token);
}

function readToken(input: JuteReader): SaslToken {
  return { token: input.readBuffer() };
}

/**
 * One step of a SASL exchange, whose mechanism both sides know beforehand; its frames carry ordinary xids. The reply's
 * zxid is 0. A refusal is AUTH_FAILED, with a null token behind the header all the same, and the connection ends.
 */
export const sasl: Operation<SaslToken, SaslToken> = {
  name: "sasl",
  type: OpCode.sasl,
  writeRequest: writeToken,
  readRequest: readToken,
  writeResponse: writeToken,
  readResponse: readToken,
};
