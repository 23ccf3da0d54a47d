import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";

/** GetSASLRequest {buffer token} and SetSASLResponse {buffer token} */
export interface SaslToken {
  /** Empty in the first request of DIGEST-MD5; null in a reply without a further challenge. A view of the frame. */
  readonly token: Uint8Array | null;
}

function writeToken(out: JuteWriter, { token }: SaslToken): void {
  out.writeBuffer(token);
}

function readToken(input: JuteReader): SaslToken {
  return { token: input.readBuffer() };
}

/**
 * One step of a SASL exchange; both sides know the mechanism beforehand. Frames carry ordinary xids, and replies the zxid
 * 0. A refusal is AUTH_FAILED, followed by a null token, and the server closes the connection.
 */
export const sasl: Operation<SaslToken, SaslToken> = {
  name: "sasl",
  type: OpCode.sasl,
  writeRequest: writeToken,
  readRequest: readToken,
  writeResponse: writeToken,
  readResponse: readToken,
};
