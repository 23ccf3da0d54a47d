import type { ZooKeeper } from "@conclave/client";
import { type Clock, type Logger, silentLogger, systemClock } from "@conclave/runtime";

/** One change that a person made, or tried to make, on the page. Never holds the data itself. */
export interface AuditEntry {
  readonly action: "setData";
  readonly path: string;
  /** Data version that the change was conditional on. */
  readonly version: number;
  /** Length of the new data in bytes. */
  readonly bytes: number;
  /** `applied`, or the code of the error: `BAD_VERSION`, `NO_AUTH`, … */
  readonly result: string;
  /** Result of `ConsoleOptions.user` for the request; `undefined` without that option. */
  readonly user: string | undefined;
}

/** Options of a console. */
export interface ConsoleOptions {
  /**
   * Refuses every change. Set it to false only behind authentication of the app: the console has none of its own.
   * @default true
   */
  readonly readOnly?: boolean | undefined;
  /**
   * Mount path that the framework leaves in the URL of the request, such as `/conclave` under Fastify, Koa and Hono. Express
   * removes it.
   * @default ""
   */
  readonly basePath?: string | undefined;
  /**
   * Znode below which recipes and sessions are looked for; the tree shows all znodes of the client's chroot.
   * @default "/"
   */
  readonly root?: string | undefined;
  /** Paths whose data, and that of all znodes below, is neither sent to the page nor changed by it. */
  readonly redact?: readonly string[] | undefined;
  /** Values of the `Host` header that are answered, against DNS rebinding; without it, all are. */
  readonly hosts?: readonly string[] | undefined;
  /** Returns the name of the person for the audit, from headers that the app's authentication has set. */
  readonly user?: ((headers: Headers) => string | undefined) | undefined;
  /** Is called once for each attempt to change a znode. By default the entry is logged. */
  readonly audit?: ((entry: AuditEntry) => void) | undefined;
  /**
   * Sends the four-letter word `srvr` to the servers that the configuration of the ensemble names, for their roles and lag.
   * @default true
   */
  readonly askServers?: boolean | undefined;
  /**
   * Upper bound of reads a second for the overview, averaged, whatever the number of open pages.
   * @default 200
   */
  readonly readsPerSecond?: number | undefined;
  /**
   * Number of znodes that one overview looks at; the page says if there are more.
   * @default 2000
   */
  readonly maxZnodes?: number | undefined;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
}

/** Options with their defaults, and the client. */
export interface ResolvedConsole {
  readonly zk: ZooKeeper;
  readonly readOnly: boolean;
  readonly basePath: string;
  readonly root: string;
  readonly hosts: readonly string[] | undefined;
  readonly user: (headers: Headers) => string | undefined;
  readonly audit: (entry: AuditEntry) => void;
  readonly askServers: boolean;
  readonly readsPerSecond: number;
  readonly maxZnodes: number;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Returns true if the data of the znode must not be shown. */
  readonly isRedacted: (path: string) => boolean;
}

/** Checks the options and adds defaults. Throws a `TypeError` for wrong ones. */
export function resolveConsole(zk: ZooKeeper, options: ConsoleOptions): ResolvedConsole {
  const { basePath = "", root = "/", redact = [], readsPerSecond = 200, maxZnodes = 2000 } = options;
  const { logger = silentLogger, clock = systemClock } = options;
  if (basePath !== "" && !/^\/.*[^/]$/.test(basePath)) {
    throw new TypeError(`basePath has to begin with "/" and must not end with it: ${JSON.stringify(basePath)}`);
  }
  for (const path of [root, ...redact]) {
    if (!path.startsWith("/"))
      throw new TypeError(`the path of a znode has to begin with "/": ${JSON.stringify(path)}`);
  }
  for (const [name, value] of Object.entries({ readsPerSecond, maxZnodes })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new TypeError(`${name} has to be a positive integer: ${value}`);
  }
  const prefixes = redact.map((path) => (path.endsWith("/") ? path : `${path}/`));
  return {
    ...{ zk, basePath, root, readsPerSecond, maxZnodes, logger, clock },
    readOnly: options.readOnly !== false,
    hosts: options.hosts,
    user: options.user ?? (() => undefined),
    audit:
      options.audit ??
      ((entry) => logger.info("a znode was changed on the console, or the attempt failed", { ...entry })),
    askServers: options.askServers !== false,
    isRedacted: (path) => prefixes.some((prefix) => `${path}/`.startsWith(prefix)),
  };
}
