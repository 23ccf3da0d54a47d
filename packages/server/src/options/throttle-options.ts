/**
 * A bucket of tokens that new connections take, and a probability of refusal that grows while the bucket is empty and
 * shrinks while it is not: Apache's BlueThrottle and its `connection_throttle_*` properties.
 */
export interface ConnectionThrottleOptions {
  /**
   * Tokens in the full bucket; 0: connections are not throttled (`connection_throttle_tokens`).
   * @default 0
   */
  readonly tokens?: number | undefined;
  /**
   * Interval at which tokens are added, in milliseconds (`connection_throttle_fill_time`).
   * @default 1
   */
  readonly fillTimeMs?: number | undefined;
  /**
   * Tokens that are added each time (`connection_throttle_fill_count`).
   * @default 1
   */
  readonly fillCount?: number | undefined;
  /**
   * Interval at which the probability of refusal changes, in milliseconds; -1: it stays 0
   * (`connection_throttle_freeze_time`).
   * @default -1
   */
  readonly freezeTimeMs?: number | undefined;
  /**
   * Growth of the drop probability while the bucket is empty (`connection_throttle_drop_increase`).
   * @default 0.02
   */
  readonly dropIncrease?: number | undefined;
  /**
   * Step by which the drop probability shrinks (`connection_throttle_drop_decrease`).
   * @default 0.002
   */
  readonly dropDecrease?: number | undefined;
  /**
   * The drop probability shrinks while at most this share of the tokens is missing (`connection_throttle_decrease_ratio`).
   * @default 0
   */
  readonly decreaseRatio?: number | undefined;
  /**
   * Let a new session take more tokens than a resumed one (`connection_throttle_weight_enabled`). Tokens and fill count
   * are then in units of new sessions.
   * @default false
   */
  readonly weighted?: boolean | undefined;
  /**
   * Tokens for a new session, if weighted (`connection_throttle_global_session_weight`).
   * @default 3
   */
  readonly globalSessionWeight?: number | undefined;
  /**
   * Tokens for a new local session, if weighted (`connection_throttle_local_session_weight`). The other weights count as this
   * one if they are less.
   * @default 1
   */
  readonly localSessionWeight?: number | undefined;
  /**
   * Tokens for a session that comes back, if weighted (`connection_throttle_renew_session_weight`).
   * @default 2
   */
  readonly renewSessionWeight?: number | undefined;
}

/** {@link ConnectionThrottleOptions} with everything decided. */
export type ResolvedThrottle = {
  readonly [K in keyof ConnectionThrottleOptions]-?: NonNullable<ConnectionThrottleOptions[K]>;
};

/** Limit of the requests in process (Apache's RequestThrottler). */
export interface RequestThrottleOptions {
  /** Beyond, further requests of all connections wait (`requestThrottleLimit`, `zookeeper.request_throttle_max_requests`). */
  readonly maxRequests: number;
  /**
   * A request that had to wait for longer, in milliseconds, is refused with THROTTLED_OP once its turn has come; 0: none is
   * (`throttledOpWaitTime`).
   * @default 0
   */
  readonly refuseAfterMs?: number | undefined;
  /**
   * Close the connection of a client whose request waited longer than its session timeout: it has given up
   * (`requestStaleLatencyCheck`).
   * @default false
   */
  readonly closesStale?: boolean | undefined;
}
