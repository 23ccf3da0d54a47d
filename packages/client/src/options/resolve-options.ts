import { createSecureContext, type ConnectionOptions as TlsOptions } from "node:tls";
import {
  type Clock,
  type Logger,
  type Meter,
  type Random,
  silentLogger,
  silentMeter,
  systemClock,
  systemRandom,
} from "@conclave/runtime";
import type { AuthOptions, ConnectOptions } from "../api/connect-options.js";
import type { SaslMechanism } from "../api/sasl-mechanism.js";
import { SavedSession } from "../api/saved-session.js";

/** {@link ConnectOptions} with all defaults filled in, checked and frozen. */
export interface ResolvedOptions {
  readonly sessionTimeoutMs: number;
  readonly connectTimeoutMs: number | undefined;
  readonly createChroot: boolean;
  readonly signal: AbortSignal | undefined;
  readonly newSessionAfterExpiry: boolean;
  readonly auth: readonly AuthOptions[];
  readonly session: SavedSession | undefined;
  readonly canBeReadOnly: boolean;
  readonly serverOrder: "random" | "given";
  readonly tls: TlsOptions | undefined;
  readonly sasl: SaslMechanism | undefined;
  readonly maxRequestBytes: number;
  readonly maxReplyBytes: number;
  readonly batchReads: boolean | "auto";
  readonly linearizableReads: boolean;
  readonly backoff: { readonly initialMs: number; readonly maxMs: number };
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** Largest time and length that the protocol can carry. */
const INT_MAX = 0x7fff_ffff;

/** Fills in the defaults. Throws a `TypeError` that names the first invalid option. */
export function resolveOptions(options: ConnectOptions = {}): ResolvedOptions {
  const { backoff = {} } = options;
  const initialMs = whole("backoff.initialMs", backoff.initialMs ?? 100);
  return Object.freeze({
    sessionTimeoutMs: whole("sessionTimeoutMs", options.sessionTimeoutMs ?? 10_000),
    connectTimeoutMs:
      options.connectTimeoutMs === undefined ? undefined : whole("connectTimeoutMs", options.connectTimeoutMs),
    createChroot: options.createChroot ?? false,
    signal: options.signal,
    newSessionAfterExpiry: options.newSessionAfterExpiry ?? true,
    auth: Object.freeze((options.auth ?? []).map(checkedAuth)),
    session: checkedSession(options.session),
    canBeReadOnly: options.canBeReadOnly ?? false,
    serverOrder: checkedOrder(options.serverOrder ?? "random"),
    tls: checkedTls(options.tls),
    sasl: checkedSasl(options.sasl),
    maxRequestBytes: whole("maxRequestBytes", options.maxRequestBytes ?? 0xf_ffff),
    maxReplyBytes: whole("maxReplyBytes", options.maxReplyBytes ?? 16 * 1024 * 1024),
    batchReads: checkedBatching(options.batchReads ?? "auto"),
    linearizableReads: options.linearizableReads ?? false,
    backoff: Object.freeze({
      initialMs,
      maxMs: Math.max(initialMs, whole("backoff.maxMs", backoff.maxMs ?? 5_000)),
    }),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    logger: options.logger ?? silentLogger,
    meter: options.meter ?? silentMeter,
  });
}

function whole(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0 && value <= INT_MAX) return value;
  throw new TypeError(`connect: ${name} must be a whole number from 1 to ${INT_MAX}, not ${String(value)}`);
}

function checkedBatching(batchReads: unknown): boolean | "auto" {
  if (typeof batchReads === "boolean" || batchReads === "auto") return batchReads;
  throw new TypeError(`connect: batchReads must be true, false or "auto", not ${String(batchReads)}`);
}

function checkedOrder(order: unknown): "random" | "given" {
  if (order === "random" || order === "given") return order;
  throw new TypeError(`connect: serverOrder must be "random" or "given", not ${String(order)}`);
}

function checkedSession(session: unknown): SavedSession | undefined {
  if (session === undefined || session instanceof SavedSession) return session;
  throw new TypeError("connect: session must be a SavedSession");
}

/** Parses certificates and keys once, so that `connect` reports errors in them. */
function checkedTls(tls: TlsOptions | true | undefined): TlsOptions | undefined {
  if (tls === undefined) return undefined;
  const given = tls === true ? {} : tls;
  for (const ca of [given.ca ?? []].flat()) {
    // Node.js accepts a text without any certificate as an empty list.
    if (Buffer.from(ca).includes("-----BEGIN ")) continue;
    throw new TypeError(
      "connect: tls.ca holds no certificate in PEM format; give the contents of the file, not its path",
    );
  }
  try {
    return Object.freeze({ ...given, secureContext: given.secureContext ?? createSecureContext(given) });
  } catch (cause) {
    throw new TypeError(`connect: tls: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function checkedSasl(sasl: SaslMechanism | undefined): SaslMechanism | undefined {
  if (sasl === undefined || typeof sasl === "function") return sasl;
  throw new TypeError("connect: sasl must be a mechanism, such as digestMd5({ username, password })");
}

function checkedAuth({ scheme, auth }: AuthOptions, index: number): AuthOptions {
  if (typeof scheme !== "string" || scheme === "") {
    throw new TypeError(`connect: auth[${index}].scheme must be a name such as "digest"`);
  }
  if (typeof auth !== "string" && !(auth instanceof Uint8Array)) {
    throw new TypeError(`connect: auth[${index}].auth must be a string or bytes`);
  }
  return Object.freeze({ scheme, auth: typeof auth === "string" ? auth : Uint8Array.from(auth) });
}
