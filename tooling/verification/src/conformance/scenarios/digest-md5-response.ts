import { createHash } from "node:crypto";

const md5 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash("md5");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const URI = "zookeeper/zk-sasl-md5";

/** Returns the response of a client to a challenge of DIGEST-MD5 (RFC 2831, 2.1.2), with the directives of `changed` replaced. */
export function digestResponse(
  challenge: string,
  user: { readonly name: string; readonly password: string },
  changed: Readonly<Record<string, string>> = {},
): string {
  const nonce = /nonce="([^"]*)"/.exec(challenge)?.[1] ?? "";
  const realm = /realm="([^"]*)"/.exec(challenge)?.[1] ?? "";
  const a1 = md5(md5(`${user.name}:${realm}:${user.password}`), `:${nonce}:mine`).toString("hex");
  const a2 = md5(`AUTHENTICATE:${URI}`).toString("hex");
  const directives = {
    ...{ charset: "utf-8", username: `"${user.name}"`, realm: `"${realm}"`, nonce: `"${nonce}"`, nc: "00000001" },
    ...{ cnonce: '"mine"', "digest-uri": `"${URI}"`, maxbuf: "65536", qop: "auth" },
    response: md5(`${a1}:${nonce}:00000001:mine:auth:${a2}`).toString("hex"),
    ...changed,
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}
