import { createHash } from "node:crypto";
import { type Random, systemRandom } from "@conclave/runtime";
import type { SaslConversation, SaslMechanism } from "../api/sasl-mechanism.js";

/** Options of {@link digestMd5}. */
export interface DigestMd5Options {
  readonly username: string;
  readonly password: string;
  /**
   * Service name in `digest-uri`. Java's client always sends "zookeeper" and the server name "zk-sasl-md5", regardless
   * of the server's address, and Java's server expects these.
   * @default "zookeeper"
   */
  readonly service?: string | undefined;
  /** Server name in `digest-uri`. @default "zk-sasl-md5" */
  readonly serverName?: string | undefined;
  /** Source of the client's nonces. @default systemRandom */
  readonly random?: Random | undefined;
}

/**
 * SASL mechanism DIGEST-MD5 (RFC 2831) with the quality of protection `auth`, for servers with a `DigestLoginModule` in
 * their JAAS configuration. Username and password are sent as UTF-8. The server must prove in turn that it knows the
 * password.
 */
export function digestMd5(options: DigestMd5Options): SaslMechanism {
  if (typeof options.username !== "string" || typeof options.password !== "string") {
    throw new TypeError("digestMd5: username and password must be strings");
  }
  return () => new DigestMd5(options);
}

const QOP = "auth";
const NONCE_COUNT = "00000001";

class DigestMd5 implements SaslConversation {
  readonly #options: DigestMd5Options;
  /** Last token that the server must send. */
  #expected: string | undefined;

  constructor(options: DigestMd5Options) {
    this.#options = options;
  }

  start(): Uint8Array {
    return new Uint8Array();
  }

  answer(challenge: Uint8Array): Uint8Array | undefined {
    const text = Buffer.from(challenge).toString("utf8");
    if (this.#expected !== undefined) {
      if (parseDirectives(text).get("rspauth") === this.#expected) return undefined;
      throw new Error("the server did not prove that it knows the password");
    }
    return Buffer.from(this.#respond(parseDirectives(text)));
  }

  #respond(challenge: ReadonlyMap<string, string>): string {
    const nonce = challenge.get("nonce");
    const offered = (challenge.get("qop") ?? QOP).split(",").map((each) => each.trim());
    if (nonce === undefined || challenge.get("algorithm") !== "md5-sess")
      throw new Error("the server sent no DIGEST-MD5 challenge");
    if (!offered.includes(QOP)) throw new Error(`the server does not offer the quality of protection "${QOP}"`);
    const { username, password, service = "zookeeper", serverName = "zk-sasl-md5" } = this.#options;
    const realm = challenge.get("realm") ?? "";
    const cnonce = Buffer.from((this.#options.random ?? systemRandom).bytes(24)).toString("base64");
    const uri = `${service}/${serverName}`;
    const { response, expected } = digestResponse({ username, password, realm, nonce, cnonce, uri });
    this.#expected = expected;
    return [
      "charset=utf-8",
      `username=${quoted(username)}`,
      `realm=${quoted(realm)}`,
      `nonce=${quoted(nonce)}`,
      `nc=${NONCE_COUNT}`,
      `cnonce=${quoted(cnonce)}`,
      `digest-uri=${quoted(uri)}`,
      "maxbuf=65536",
      `response=${response}`,
      `qop=${QOP}`,
    ].join(",");
  }
}

/** Computes the response of the client and the expected answer of the server (RFC 2831, sections 2.1.2.1 and 2.1.3). */
export function digestResponse(parts: {
  readonly username: string;
  readonly password: string;
  readonly realm: string;
  readonly nonce: string;
  readonly cnonce: string;
  readonly uri: string;
}): { readonly response: string; readonly expected: string } {
  const { username, password, realm, nonce, cnonce, uri } = parts;
  const secret = md5(`${username}:${realm}:${password}`);
  const a1 = md5(Buffer.concat([secret, Buffer.from(`:${nonce}:${cnonce}`)])).toString("hex");
  const proof = (a2: string): string => hex(`${a1}:${nonce}:${NONCE_COUNT}:${cnonce}:${QOP}:${hex(a2)}`);
  return { response: proof(`AUTHENTICATE:${uri}`), expected: proof(`:${uri}`) };
}

/** Parses `name=value,name="value, with \" in it"`. If a name occurs twice (realms), the first value is kept. */
export function parseDirectives(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", quotedValue, plain] of text.matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^,"\s]*))/g)) {
    if (!found.has(name)) found.set(name, quotedValue?.replace(/\\(.)/g, "$1") ?? plain ?? "");
  }
  return found;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function md5(data: string | Buffer): Buffer {
  return createHash("md5").update(data).digest();
}

function hex(data: string): string {
  return md5(data).toString("hex");
}
