import type { Acl, ConnectionSource, ConnectOptions, ZooKeeper } from "@conclave/client";
import { type Clock, type Logger, type Meter, silentLogger, silentMeter, systemClock } from "@conclave/runtime";
import { checkId } from "../members/member-id.js";
import { memberUrl } from "../members/member-record.js";
import type { TrustProxy } from "../proxy/forwarded-headers.js";
import type { ProxyTlsOptions } from "../proxy/member-proxy.js";

/** Options of `membership()`: the connection to the ensemble, and the member. */
export type MembershipOptions = MembershipConnection & {
  /** Name of the cluster, the same in each of its processes. */
  readonly group: string;
  /**
   * Name of this process in the cluster: printable ASCII without `/`. It must differ from that of every other process: one with
   * the name of another waits until that has left, or its session has ended, and logs a warning after 2 seconds.
   * @default host name, port and a random part, as in `web-1:3000-9f3a2c1b`
   */
  readonly id?: string | undefined;
  /**
   * URL at which other members and redirected clients reach it, such as `http://web-1.example:3000`.
   * @default from the address on which the server listens; if it listens on all, the first external IPv4 address
   */
  readonly url?: string | undefined;
  /**
   * Further facts about this member. All members and all clients that can read the routes see them.
   * @default {}
   */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * Policy while the connection is lost and the session may still live. `revoke`: this process leads and owns nothing until it
   * is connected again. `keep`: it keeps its leadership and its keys, at most until the session expires.
   * @default "revoke"
   */
  readonly onSuspended?: "revoke" | "keep" | undefined;
  /**
   * ACL of the znodes of the group and of the election. Members read each other's: give READ to all of them. WRITE and CREATE
   * decide which processes can be members, and so where requests are sent.
   * @default OPEN_ACL_UNSAFE
   */
  readonly acl?: readonly Acl[] | undefined;
  /**
   * Path of the routes: `<routes>/members`, `<routes>/stream`, `<routes>/ready`; or `false` for none.
   * @default "/cluster"
   */
  readonly routes?: `/${string}` | false | undefined;
  /**
   * Number of members that may pass a request on before it is refused.
   * @default 2
   */
  readonly maxHops?: number | undefined;
  /**
   * Time until the response to a request that was passed on has to begin, in milliseconds.
   * @default 30_000
   */
  readonly proxyTimeoutMs?: number | undefined;
  /**
   * TLS settings for requests that are passed on to a member whose URL is `https:`: `ca` for a private authority (in place of
   * the usual ones), `cert` and `key` where members ask for a client certificate, `servername`.
   * @default {}
   */
  readonly proxyTls?: ProxyTlsOptions | undefined;
  /**
   * Trust in the `forwarded`, `x-forwarded-*` and `x-real-ip` fields of the peer that sends a request, when it is
   * passed on: `true` if every peer is a proxy of yours, or a function of the peer's IP address.
   * @default false
   */
  readonly trustProxy?: boolean | TrustProxy | undefined;
  /**
   * Time for which a draining member keeps serving, so that load balancers notice, in milliseconds.
   * @default 5_000
   */
  readonly drainDelayMs?: number | undefined;
  /**
   * Time after that until the connections of running requests are cut, in milliseconds.
   * @default 10_000
   */
  readonly closeTimeoutMs?: number | undefined;
  /**
   * Interval of heartbeats on an event stream without events, in milliseconds.
   * @default 15_000
   */
  readonly heartbeatMs?: number | undefined;
  /** @default silentLogger */
  readonly logger?: Logger | undefined;
  /**
   * Receives the gauges `membership_members` and `membership_leading` (0 or 1) on each change, the counter
   * `membership_guarded_requests` by `guard` (leader, owner) and `outcome` (admitted, redirected, proxied, refused), and the
   * client's own metrics.
   * @default silentMeter
   */
  readonly meter?: Meter | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
};

/** Connection of a member: its own, that of an ensemble which it takes part in, or an existing client. */
export type MembershipConnection =
  | {
      /** A ZooKeeper connect string, such as `10.0.0.1:2181,10.0.0.2:2181/app`. The session is closed when it has drained. */
      readonly servers: string;
      readonly client?: undefined;
      readonly ensemble?: undefined;
      /**
       * Time until the first connection has to be made, in milliseconds.
       * @default 10_000
       */
      readonly connectTimeoutMs?: number | undefined;
      /** Further options of `connect`, such as `sessionTimeoutMs`. */
      readonly connect?: Omit<ConnectOptions, "connectTimeoutMs" | "logger" | "meter" | "signal"> | undefined;
    }
  | {
      /** An ensemble in the replicas of this service, such as `embeddedEnsemble(…)` of `@conclave/embedded`. It is closed after the session. */
      readonly ensemble: ConnectionSource;
      readonly servers?: undefined;
      readonly client?: undefined;
      /**
       * Time until the first connection has to be made, in milliseconds.
       * @default that of the ensemble
       */
      readonly connectTimeoutMs?: number | undefined;
      /** Further options of `connect`, such as `sessionTimeoutMs`. */
      readonly connect?: Omit<ConnectOptions, "connectTimeoutMs" | "logger" | "meter" | "signal"> | undefined;
    }
  | {
      /** An existing client. It is not closed. */
      readonly client: ZooKeeper;
      readonly servers?: undefined;
      readonly ensemble?: undefined;
    };

/** Options with their defaults, without the connection. */
export interface ResolvedMembership {
  readonly group: string;
  readonly id: string | undefined;
  readonly url: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly onSuspended: "revoke" | "keep";
  readonly acl: readonly Acl[] | undefined;
  readonly routes: string | undefined;
  readonly maxHops: number;
  readonly proxyTimeoutMs: number;
  readonly proxyTls: ProxyTlsOptions;
  readonly trustProxy: TrustProxy;
  readonly drainDelayMs: number;
  readonly closeTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly clock: Clock;
}

/** Checks options and fills in the defaults. Throws a `TypeError` that says which one is wrong. */
export function resolveMembership(options: MembershipOptions): ResolvedMembership {
  const { group, id, url, metadata = {}, onSuspended = "revoke", routes = "/cluster" } = options;
  if (typeof group !== "string" || group === "")
    throw new TypeError("membership needs the option group: the name of the cluster, the same in each process");
  if ([options.servers, options.client, options.ensemble].filter((given) => given !== undefined).length !== 1) {
    throw new TypeError("membership needs one of the options servers (a connect string), ensemble and client");
  }
  if (id !== undefined) checkId(id);
  if (onSuspended !== "revoke" && onSuspended !== "keep") {
    throw new TypeError(`onSuspended must be "revoke" or "keep", got ${JSON.stringify(onSuspended)}`);
  }
  if (routes !== false && !/^(?:\/[^/?#]+)+$/.test(routes)) {
    throw new TypeError(`routes must be a path such as "/cluster", or false, got ${JSON.stringify(routes)}`);
  }
  if (!Object.values(metadata).every((value) => typeof value === "string")) {
    throw new TypeError("metadata must be an object with strings as values");
  }
  const { proxyTls = {}, trustProxy = false } = options;
  if (typeof trustProxy !== "boolean" && typeof trustProxy !== "function") {
    throw new TypeError(
      `trustProxy must be true, false or a function of an IP address, got ${JSON.stringify(trustProxy)}`,
    );
  }
  return Object.freeze({
    group,
    id,
    url: url === undefined ? undefined : memberUrl(url),
    metadata: Object.freeze({ ...metadata }),
    onSuspended,
    acl: options.acl,
    routes: routes === false ? undefined : routes,
    maxHops: whole("maxHops", options.maxHops ?? 2),
    proxyTimeoutMs: whole("proxyTimeoutMs", options.proxyTimeoutMs ?? 30_000),
    proxyTls: Object.freeze({ ...proxyTls }),
    trustProxy: typeof trustProxy === "function" ? trustProxy : () => trustProxy,
    drainDelayMs: whole("drainDelayMs", options.drainDelayMs ?? 5_000),
    closeTimeoutMs: whole("closeTimeoutMs", options.closeTimeoutMs ?? 10_000),
    heartbeatMs: whole("heartbeatMs", options.heartbeatMs ?? 15_000, 1),
    logger: options.logger ?? silentLogger,
    meter: options.meter ?? silentMeter,
    clock: options.clock ?? systemClock,
  });
}

function whole(name: string, value: number, least = 0): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new TypeError(`${name} must be a whole number, ${least} or more, got ${String(value)}`);
}
