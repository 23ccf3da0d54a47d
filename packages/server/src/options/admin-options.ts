/** The HTTP server for people and tools (`admin.*`). */
export interface AdminOptions {
  /**
   * 0 takes a free one (`admin.serverPort`).
   * @default 8080
   */
  readonly port?: number | undefined;
  /**
   * The local address to listen on (`admin.serverAddress`). Apache's default is every address. Anyone who can connect
   * may use all commands that change nothing, without credentials.
   * @default "127.0.0.1"
   */
  readonly address?: string | undefined;
  /**
   * Serve clients without the AdminServer, and log a warning, if its port is in use. When false, the server does not
   * start then.
   * @default false
   */
  readonly isOptional?: boolean | undefined;
  /**
   * Names by which this server may be asked, besides `localhost`, IP addresses, the `address` and the machine's name; "*"
   * for any. A request with another one in its header `Host` or `Origin` is refused: so a web page of a stranger cannot
   * ask through its reader's browser, by a name that it lets point here (DNS rebinding). Apache has no such list.
   * @default []
   */
  readonly allowedHosts?: readonly string[] | "*" | undefined;
  /**
   * Path of the commands (`admin.commandURL`).
   * @default "/commands"
   */
  readonly commandUrl?: string | undefined;
  /**
   * Duration in milliseconds after which an idle connection is closed (`admin.idleTimeout`).
   * @default 30_000
   */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * Allow a super user to take a `snapshot` (`admin.snapshot.enabled`).
   * @default true
   */
  readonly snapshotEnabled?: boolean | undefined;
  /**
   * Allow a super user to `restore` a snapshot (`admin.restore.enabled`).
   * @default true
   */
  readonly restoreEnabled?: boolean | undefined;
  /**
   * The shortest time between two snapshots, and between two restores, in milliseconds (`admin.rateLimiterIntervalInMS`).
   * @default 300_000
   */
  readonly rateLimiterIntervalMs?: number | undefined;
}

/** {@link AdminOptions} with everything decided. */
export type ResolvedAdmin = { readonly [K in keyof AdminOptions]-?: NonNullable<AdminOptions[K]> };

/** The HTTP server for Prometheus (`metricsProvider.*` of Apache's PrometheusMetricsProvider). */
export interface MetricsOptions {
  /**
   * 0 takes a free one (`metricsProvider.httpPort`).
   * @default 7000
   */
  readonly port?: number | undefined;
  /**
   * The local address to listen on (`metricsProvider.httpHost`). Apache's default is every one.
   * @default "127.0.0.1"
   */
  readonly address?: string | undefined;
  /**
   * Include metrics of the process and of Node.js (`metricsProvider.exportJvmInfo`).
   * @default true
   */
  readonly exportRuntimeInfo?: boolean | undefined;
}

/** {@link MetricsOptions} with everything decided. */
export type ResolvedMetrics = { readonly [K in keyof MetricsOptions]-?: NonNullable<MetricsOptions[K]> };
