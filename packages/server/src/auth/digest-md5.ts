import { createHash, timingSafeEqual } from "node:crypto";
import type { Random } from "@conclave/runtime";

/** Names by which the two ends know the service, whatever the address is (SecurityUtils.createSaslServer). */
export interface DigestService {
  readonly name: string;
  readonly realm: string;
}

/** Clients of a server. */
export const clientService: DigestService = Object.freeze({ name: "zookeeper", realm: "zk-sasl-md5" });
/** Servers of an ensemble, to each other (server.quorum.auth.QuorumAuth). */
export const quorumService: DigestService = Object.freeze({ name: "zookeeper-quorum", realm: "zk-quorum-sasl-md5" });

const QOP = "auth";
const NONCE_COUNT = "00000001";
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
  readonly #service: DigestService;
  #nonce: string | undefined;
  #isOver = false;

  constructor(passwordOf: (user: string) => string | undefined, random: Random, service = clientService) {
    this.#passwordOf = passwordOf;
    this.#random = random;
    this.#service = service;
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
    const text = `realm="${this.#service.realm}",nonce="${this.#nonce}",charset=utf-8,algorithm=md5-sess`;
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
    if (!uri.toLowerCase().startsWith(`${this.#service.name}/`)) return refused("another service is meant");
    if (authzid !== undefined && authzid !== user) return refused("one user may not act for another");
    const { proof, counterProof } = proofs({
      ...{ user, password, realm: response.get("realm") ?? "", nonce, cnonce: response.get("cnonce") ?? "" },
      ...{ uri, authzid },
    });
    if (!isSame(proof, response.get("response") ?? "")) return refused("the password is wrong");
    return { kind: "accepted", token: Buffer.from(`rspauth=${counterProof}`), user };
  }
}

/** The client's side, of a server that dials another one. Its first token is empty. */
export class DigestMd5Client {
  readonly #user: string;
  readonly #password: string;
  readonly #random: Random;
  readonly #service: DigestService;
  /** Proof that the server must send. */
  #expected: string | undefined;

  constructor(user: string, password: string, random: Random, service: DigestService) {
    this.#user = user;
    this.#password = password;
    this.#random = random;
    this.#service = service;
  }

  /** Returns the response to a challenge; `undefined` if it cannot be answered. */
  respond(challenge: Uint8Array): Uint8Array | undefined {
    const given = parseDirectives(challenge);
    const nonce = given.get("nonce");
    const offered = (given.get("qop") ?? QOP).split(",").map((each) => each.trim());
    if (nonce === undefined || this.#expected !== undefined || !offered.includes(QOP)) return undefined;
    const [user, password, realm] = [this.#user, this.#password, given.get("realm") ?? ""];
    const cnonce = Buffer.from(this.#random.bytes(NONCE_BYTES)).toString("base64");
    const uri = `${this.#service.name}/${this.#service.realm}`;
    const { proof, counterProof } = proofs({ user, password, realm, nonce, cnonce, uri, authzid: undefined });
    this.#expected = counterProof;
    const fields = [
      ...[`charset=utf-8,username=${quoted(user)},realm=${quoted(realm)},nonce=${quoted(nonce)},nc=${NONCE_COUNT}`],
      ...[`cnonce=${quoted(cnonce)},digest-uri=${quoted(uri)},maxbuf=65536,response=${proof},qop=${QOP}`],
    ];
    return Buffer.from(fields.join(","));
  }

  /** Returns true if the server has proved that it knows the password too. */
  isProof(token: Uint8Array): boolean {
    return this.#expected !== undefined && isSame(parseDirectives(token).get("rspauth") ?? "", this.#expected);
  }
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
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
  const prove = (a2: string): string => hex(`${a1}:${nonce}:${NONCE_COUNT}:${cnonce}:${QOP}:${hex(a2)}`);
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
