import { type Clock, type Logger, silentLogger, systemClock } from "@conclave/runtime";

/** How a server is to be. Names and defaults are those of Apache's `zoo.cfg`, units added. */
export interface ServerOptions {
  /**
   * The port for clients; 0 takes a free one.
   * @default 0
   */
  readonly clientPort?: number | undefined;
  /**
   * The local address to listen on for clients.
   * @default "127.0.0.1"
   */
  readonly clientPortAddress?: string | undefined;
  /**
   * Where snapshots and, without `dataLogDir`, the transaction log are kept. Without it the server keeps everything in
   * memory and forgets it when it ends.
   */
  readonly dataDir?: string | undefined;
  /** Where the transaction log is kept; best on a disk of its own. */
  readonly dataLogDir?: string | undefined;
  /**
   * The unit of time: sessions expire at whole ticks. In milliseconds.
   * @default 3000
   */
  readonly tickTimeMs?: number | undefined;
  /**
   * The shortest session timeout that a client may have, in milliseconds.
   * @default 2 * tickTimeMs
   */
  readonly minSessionTimeoutMs?: number | undefined;
  /**
   * The longest session timeout that a client may have, in milliseconds.
   * @default 20 * tickTimeMs
   */
  readonly maxSessionTimeoutMs?: number | undefined;
  /**
   * Connections from one address; 0 for no limit.
   * @default 60
   */
  readonly maxClientConnections?: number | undefined;
  /**
   * Transactions between two snapshots.
   * @default 100_000
   */
  readonly snapCount?: number | undefined;
  /**
   * By how much the log file grows at a time, in bytes.
   * @default 67_108_864
   */
  readonly preAllocBytes?: number | undefined;
  /**
   * Whether a write is on disk before it is acknowledged. Without, a power cut loses acknowledged writes.
   * @default true
   */
  readonly forceSync?: boolean | undefined;
  /**
   * Requests of one connection that may wait for an answer; beyond, it is not read from.
   * @default 1000
   */
  readonly maxOutstanding?: number | undefined;
  /**
   * The longest frame that a client may send, in bytes (`jute.maxbuffer`).
   * @default 1_048_575
   */
  readonly maxFrameBytes?: number | undefined;
  /**
   * The four-letter words that are answered; "*" for all.
   * @default ["srvr"]
   */
  readonly fourLetterWords?: readonly string[] | "*" | undefined;
  /**
   * Whether znodes with a TTL can be made (`extendedTypesEnabled`).
   * @default false, and true in `startEnsemble`
   */
  readonly extendedTypesEnabled?: boolean | undefined;
  /**
   * How often containers and TTL nodes that nobody needs are looked for, in milliseconds
   * (`znode.container.checkIntervalMs`).
   * @default 60_000
   */
  readonly containerCheckIntervalMs?: number | undefined;
  /** `user:base64(sha1(user:password))` of who may do everything (`DigestAuthenticationProvider.superDigest`). */
  readonly superDigest?: string | undefined;
  /** Called once if the server had to stop by itself: its log can no longer be written. */
  readonly onFailure?: ((cause: unknown) => void) | undefined;
  /** @default silentLogger */
  readonly logger?: Logger | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
}

type Optional = "dataDir" | "dataLogDir" | "superDigest";

/** {@link ServerOptions} with everything decided. */
export type ResolvedServerOptions = {
  readonly [K in keyof Omit<ServerOptions, Optional>]-?: Exclude<ServerOptions[K], undefined>;
} & { readonly [K in Optional]: string | undefined };

/** Checks options and fills in the defaults; throws a `RangeError` that names the option and what it allows. */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  const tickTimeMs = whole("tickTimeMs", options.tickTimeMs ?? 3000, 1);
  const minSessionTimeoutMs = whole("minSessionTimeoutMs", options.minSessionTimeoutMs ?? 2 * tickTimeMs, 1);
  const maxSessionTimeoutMs = whole("maxSessionTimeoutMs", options.maxSessionTimeoutMs ?? 20 * tickTimeMs, 1);
  if (minSessionTimeoutMs > maxSessionTimeoutMs) {
    throw new RangeError(
      `minSessionTimeoutMs (${minSessionTimeoutMs}) is more than maxSessionTimeoutMs (${maxSessionTimeoutMs})`,
    );
  }
  if (options.dataLogDir !== undefined && options.dataDir === undefined) {
    throw new RangeError("dataLogDir needs a dataDir, for the snapshots");
  }
  return Object.freeze({
    clientPort: whole("clientPort", options.clientPort ?? 0, 0, 65_535),
    clientPortAddress: options.clientPortAddress ?? "127.0.0.1",
    dataDir: options.dataDir,
    dataLogDir: options.dataLogDir,
    tickTimeMs,
    minSessionTimeoutMs,
    maxSessionTimeoutMs,
    maxClientConnections: whole("maxClientConnections", options.maxClientConnections ?? 60, 0),
    snapCount: whole("snapCount", options.snapCount ?? 100_000, 2),
    preAllocBytes: whole("preAllocBytes", options.preAllocBytes ?? 64 * 1024 * 1024, 0),
    forceSync: options.forceSync ?? true,
    maxOutstanding: whole("maxOutstanding", options.maxOutstanding ?? 1000, 1),
    maxFrameBytes: whole("maxFrameBytes", options.maxFrameBytes ?? 0xfffff, 1024),
    fourLetterWords: options.fourLetterWords ?? ["srvr"],
    extendedTypesEnabled: options.extendedTypesEnabled ?? false,
    containerCheckIntervalMs: whole("containerCheckIntervalMs", options.containerCheckIntervalMs ?? 60_000, 1),
    superDigest: options.superDigest,
    onFailure: options.onFailure ?? (() => {}),
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? systemClock,
  });
}

function whole(name: string, value: number, min: number, max = 2 ** 31 - 1): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} must be a whole number from ${min} to ${max}, and is ${value}`);
}
