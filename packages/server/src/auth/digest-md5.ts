import { createHash, timingSafeEqual } from "node:crypto";
import type { Random } from "@conclave/runtime";

/** Server name in the challenge of Java's servers, whatever their address is (SecurityUtils.createSaslServer). */
const REALM = "zk-sasl-md5";
const SERVICE = "zookeeper";
const QOP = "auth";
const NONCE_BYTES = 30;
/** The longest token that a client has reason to send. */
const MAX_TOKEN_BYTES = 4096;

/** Result of one step of the exchange. */
export type SaslStep =
  | { readonly kind: "challenge"; readonly token: Uint8Array }
  | { readonly kind: "accepted"; readonly token: Uint8Array; readonly user: string }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * The server's side of DIGEST-MD5 (RFC 2831), quality of protection `auth`, on one connection: the first token, whatever it
 * is, is answered by a challenge, the response to it by the proof that the server knows the password too, and there is no
 * third (as in Java's com.sun.security.sasl.digest.DigestMD5Server).
 */
export class DigestMd5 {
  readonly #passwordOf: (user: string) => string | undefined;
  readonly #random: Random;
  #nonce: string | undefined;
  #isOver = false;

  constructor(passwordOf: (user: string) => string | undefined, random: Random) {
    this.#passwordOf = passwordOf;
    this.#random = random;
  }

  answer(token: Uint8Array): SaslStep {
    if (token.length > MAX_TOKEN_BYTES) return refused("the token is too long");
    if (this.#isOver) return refused("the exchange is over");
    if (this.#nonce === undefined) return this.#challenge();
    this.#isOver = true;
    return this.#check(parseDirectives(token), this.#nonce);
  }

  /** `auth` is the only quality of protection that is offered. */
  #challenge(): SaslStep {
    this.#nonce = Buffer.from(this.#random.bytes(NONCE_BYTES)).toString("base64");
    const text = `realm="${REALM}",nonce="${this.#nonce}",charset=utf-8,algorithm=md5-sess`;
    return { kind: "challenge", token: Buffer.from(text) };
  }

  #check(response: ReadonlyMap<string, string>, nonce: string): SaslStep {
    const user = response.get("username") ?? "";
    const password = this.#passwordOf(user);
    if (password === undefined) return refused("no such user");
    const authzid = response.get("authzid");
    const uri = response.get("digest-uri") ?? "";
    // The nonce count of the response is ignored; 1 is used.
    if (response.get("nonce") !== nonce) return refused("not this challenge");
    if ((response.get("qop") ?? QOP) !== QOP) return refused("another protection than was offered");
    if (!uri.toLowerCase().startsWith(`${SERVICE}/`)) return refused("another service is meant");
    if (authzid !== undefined && authzid !== user) return refused("one user may not act for another");
    const { proof, counterProof } = proofs({
      ...{ user, password, realm: response.get("realm") ?? "", nonce, cnonce: response.get("cnonce") ?? "" },
      ...{ uri, authzid },
    });
    if (!isSame(proof, response.get("response") ?? "")) return refused("the password is wrong");
    return { kind: "accepted", token: Buffer.from(`rspauth=${counterProof}`), user };
  }
}

/**
 * Returns the response that the client must send, and the server's answer to it (RFC 2831, sections 2.1.2.1 and 2.1.3).
 */
function proofs(parts: {
  readonly user: string;
  readonly password: string;
  readonly realm: string;
  readonly nonce: string;
  readonly cnonce: string;
  readonly uri: string;
  readonly authzid: string | undefined;
}): { readonly proof: string; readonly counterProof: string } {
  const { user, password, realm, nonce, cnonce, uri, authzid } = parts;
  const secret = md5(`${user}:${realm}:${password}`);
  const suffix = authzid === undefined ? "" : `:${authzid}`;
  const a1 = md5(Buffer.concat([secret, Buffer.from(`:${nonce}:${cnonce}${suffix}`)])).toString("hex");
  const prove = (a2: string): string => hex(`${a1}:${nonce}:00000001:${cnonce}:${QOP}:${hex(a2)}`);
  return { proof: prove(`AUTHENTICATE:${uri}`), counterProof: prove(`:${uri}`) };
}

/** Parses `name=value,name="value, with \" in it"`; the first value of a repeated name counts. */
function parseDirectives(token: Uint8Array): Map<string, string> {
  const found = new Map<string, string>();
  const text = Buffer.from(token).toString("utf8");
  for (const [, name = "", quoted, plain] of text.matchAll(/([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^,"\s]*))/g)) {
    if (!found.has(name)) found.set(name, quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "");
  }
  return found;
}

function refused(reason: string): SaslStep {
  return { kind: "refused", reason };
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function md5(data: string | Buffer): Buffer {
  return createHash("md5").update(data).digest();
}

function hex(data: string): string {
  return md5(data).toString("hex");
}
