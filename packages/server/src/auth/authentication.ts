import { createHash, X509Certificate } from "node:crypto";
import { type AuthPacket, ErrorCode, type Id } from "@conclave/protocol";
import type { Logger, Random } from "@conclave/runtime";
import type { Authenticator, SaslAnswer } from "../pipeline/authenticator.js";
import type { Channel } from "../pipeline/channel.js";
import { subjectOf } from "./certificate-subject.js";
import { DigestMd5 } from "./digest-md5.js";

export interface AuthenticationOptions {
  /** `user:base64(digest(user:password))` of the super user. */
  readonly superDigest: string | undefined;
  /** Enable the scheme `digest`. */
  readonly digestAuthEnabled: boolean;
  /** Digest algorithm of that scheme, a name that Node.js's `createHash` accepts. */
  readonly digestAlgorithm: string;
  /** Certificate subject of the super user. */
  readonly x509SuperUser: string | undefined;
  /** Passwords of SASL DIGEST-MD5 by user; `undefined`: SASL is not offered. */
  readonly saslUsers: Readonly<Record<string, string>> | undefined;
  /** SASL users with the rights of the super user. */
  readonly saslSuperUsers: readonly string[];
  /** Keep a client connected, unauthenticated, after its SASL authentication fails. */
  readonly allowSaslFailedClients: boolean;
  /** Schemes of which clients must prove one; empty: none. */
  readonly enforcedSchemes: readonly string[];
  readonly logger: Logger;
  readonly random: Random;
}

const SUPER: Id = { scheme: "super", id: "" };

/** Authenticates clients by credentials of `auth` requests, SASL tokens and certificates. */
export class Authentication implements Authenticator {
  readonly #options: AuthenticationOptions;
  readonly #saslOf = new WeakMap<Channel, DigestMd5>();
  readonly required: ReadonlySet<string> | undefined;

  constructor(options: AuthenticationOptions) {
    this.#options = options;
    this.required = options.enforcedSchemes.length > 0 ? new Set(options.enforcedSchemes) : undefined;
  }

  authenticate(channel: Channel, { scheme, auth }: AuthPacket): readonly Id[] | undefined {
    if (scheme === "ip") return [];
    if (scheme === "x509") return channel.ids.some((id) => id.scheme === scheme) ? [] : undefined;
    return scheme === "digest" && this.#options.digestAuthEnabled && auth !== null
      ? this.#digest(new TextDecoder().decode(auth))
      : undefined;
  }

  #idsOfHeader(scheme: string, secret: string | undefined, address: string): readonly Id[] | undefined {
    if (scheme === "ip") return [{ scheme, id: address }];
    return scheme === "digest" && this.#options.digestAuthEnabled && secret !== undefined
      ? this.#digest(secret)
      : undefined;
  }

  #digest(userAndPassword: string): readonly Id[] {
    const { superDigest, digestAlgorithm } = this.#options;
    const proved: Id = { scheme: "digest", id: digestOf(userAndPassword, digestAlgorithm) };
    return proved.id === superDigest ? [SUPER, proved] : [proved];
  }

  sasl(channel: Channel, token: Uint8Array): SaslAnswer {
    const { saslUsers, saslSuperUsers, random } = this.#options;
    // Without SASL users, Apache's server answers the same: no error, and no id.
    if (saslUsers === undefined) return { err: ErrorCode.OK, token: null, ids: [] };
    const passwordOf = (user: string): string | undefined =>
      Object.hasOwn(saslUsers, user) ? saslUsers[user] : undefined;
    const exchange = this.#saslOf.get(channel) ?? new DigestMd5(passwordOf, random);
    this.#saslOf.set(channel, exchange);
    const step = exchange.answer(token);
    if (step.kind === "refused") return this.#saslFailed(step.reason);
    const { kind, token: answer } = step;
    if (kind === "challenge") return { err: ErrorCode.OK, token: answer, ids: [] };
    const proved: Id = { scheme: "sasl", id: step.user };
    const ids = saslSuperUsers.includes(step.user) ? [proved, SUPER] : [proved];
    return { err: ErrorCode.OK, token: answer, ids };
  }

  #saslFailed(reason: string): SaslAnswer {
    const { allowSaslFailedClients, logger } = this.#options;
    logger.warn("SASL authentication of a client failed", { reason });
    const isRequired = this.required?.has("sasl") === true;
    if (allowSaslFailedClients && !isRequired) return { err: ErrorCode.OK, token: null, ids: [] };
    const err = isRequired ? ErrorCode.SESSION_CLOSED_REQUIRE_SASL_AUTH : ErrorCode.AUTH_FAILED;
    return { err, token: null, ids: [] };
  }

  /**
   * Checks that credentials, in the form of the header `Authorization: <scheme> <credentials>`, belong to a super user.
   * Apache requires all rights to "/" instead, which the usual ACL grants to every client.
   */
  authorize(credentials: string | undefined, address: string): "yes" | "missing" | "unknown" | "forbidden" {
    if (credentials === undefined) return "missing";
    const [scheme = "", secret, ...more] = credentials.split(" ");
    const ids = more.length > 0 ? undefined : this.#idsOfHeader(scheme, secret, address);
    if (ids === undefined) return "unknown";
    return ids.some((id) => id.scheme === "super") ? "yes" : "forbidden";
  }

  /** Returns the ids that a trusted certificate proves. */
  idsOfCertificate(certificate: Buffer): readonly Id[] {
    const id = subjectOf(new X509Certificate(certificate));
    const proved: Id = { scheme: "x509", id };
    return id === this.#options.x509SuperUser ? [{ scheme: "super", id }, proved] : [proved];
  }
}

/** `user:base64(digest(user:password))` of `user:password` (DigestAuthenticationProvider.generateDigest). */
export function digestOf(userAndPassword: string, algorithm: string): string {
  const [user] = userAndPassword.split(":", 1);
  return `${user}:${createHash(algorithm).update(userAndPassword).digest("base64")}`;
}
