import { createHmac } from "node:crypto";
import { PASSWORD_BYTES } from "@conclave/protocol";
import { sessionPassword } from "../sessions/session-id.js";
import type { Storage } from "../storage/storage.js";

/**
 * Makes passwords of sessions from their ids: by HMAC-SHA-256 under a secret, which is given or kept by `storage`, or, with
 * `false`, as Apache does.
 */
export async function sessionPasswords(
  secret: boolean | string,
  storage: Storage,
): Promise<(sessionId: bigint) => Uint8Array> {
  if (secret === false) return sessionPassword;
  const key = secret === true ? await storage.secret() : secret;
  return (sessionId) => {
    const id = Buffer.alloc(8);
    id.writeBigInt64BE(sessionId);
    return Uint8Array.from(createHmac("sha256", key).update(id).digest().subarray(0, PASSWORD_BYTES));
  };
}
