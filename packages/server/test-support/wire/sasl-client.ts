import { createHash } from "node:crypto";

const md5 = (data: string | Buffer): Buffer => createHash("md5").update(data).digest();
const hex = (data: string): string => md5(data).toString("hex");
const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;

/** A client's response to a DIGEST-MD5 challenge, and the proof that it then expects of the server (RFC 2831). */
export function respond(
  challenge: string,
  username: string,
  password: string,
): { readonly response: Uint8Array; readonly proof: string } {
  const [, realm = ""] = /realm="([^"]*)"/.exec(challenge)!;
  const [, nonce = ""] = /nonce="([^"]*)"/.exec(challenge)!;
  const secret = md5(`${username}:${realm}:${password}`);
  const a1 = md5(Buffer.concat([secret, Buffer.from(`:${nonce}:mine`)])).toString("hex");
  const prove = (a2: string): string => hex(`${a1}:${nonce}:00000001:mine:auth:${hex(a2)}`);
  const uri = "zookeeper/zk-sasl-md5";
  const text = [
    ...["charset=utf-8", `username=${quoted(username)}`, `realm=${quoted(realm)}`, `nonce=${quoted(nonce)}`],
    ...["nc=00000001", 'cnonce="mine"', `digest-uri="${uri}"`, "maxbuf=65536"],
    ...[`response=${prove(`AUTHENTICATE:${uri}`)}`, "qop=auth"],
  ].join(",");
  return { response: Buffer.from(text), proof: `rspauth=${prove(`:${uri}`)}` };
}
