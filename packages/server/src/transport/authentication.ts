import { createHash } from "node:crypto";
import type { AuthPacket, Id } from "@conclave/protocol";

/** Checks the credentials that clients send with `auth` requests. */
export class Authentication {
  readonly #superDigest: string | undefined;

  /** @param superDigest `user:base64(sha1(user:password))` of who may do everything */
  constructor(superDigest: string | undefined) {
    this.#superDigest = superDigest;
  }

  /** What the credentials prove; `undefined` if they prove nothing, or their scheme takes none. */
  authenticate({ scheme, auth }: AuthPacket): readonly Id[] | undefined {
    if (scheme === "ip") return [];
    if (scheme !== "digest" || auth === null) return undefined;
    const id = digestOf(new TextDecoder().decode(auth));
    const proved: Id = { scheme: "digest", id };
    return id === this.#superDigest ? [{ scheme: "super", id: "" }, proved] : [proved];
  }
}

/** `user:base64(sha1(user:password))` of `user:password` (DigestAuthenticationProvider.generateDigest). */
export function digestOf(userAndPassword: string): string {
  const [user] = userAndPassword.split(":", 1);
  return `${user}:${createHash("sha1").update(userAndPassword).digest("base64")}`;
}
