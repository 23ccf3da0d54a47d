import type { Random } from "@conclave/runtime";

/**
 * A bucket of tokens that connections take, and a chance to be refused that grows while the bucket is empty and shrinks
 * while it is not: Apache's BlueThrottle and its `connection_throttle_*` properties.
 */
export interface ConnectionThrottleOptions {
  /**
   * Tokens in the full bucket; 0: connections are not throttled (`connection_throttle_tokens`).
   * @default 0
   */
  readonly tokens?: number | undefined;
  /**
   * How often tokens are added, in milliseconds (`connection_throttle_fill_time`).
   * @default 1
   */
  readonly fillTimeMs?: number | undefined;
  /**
   * How many are added each time (`connection_throttle_fill_count`).
   * @default 1
   */
  readonly fillCount?: number | undefined;
  /**
   * How often the chance of refusal is reconsidered, in milliseconds; -1: there is none (`connection_throttle_freeze_time`).
   * @default -1
   */
  readonly freezeTimeMs?: number | undefined;
  /**
   * By how much it grows while the bucket is empty (`connection_throttle_drop_increase`).
   * @default 0.02
   */
  readonly dropIncrease?: number | undefined;
  /**
   * By how much it shrinks (`connection_throttle_drop_decrease`).
   * @default 0.002
   */
  readonly dropDecrease?: number | undefined;
  /**
   * It shrinks while no more than this share of the tokens is missing (`connection_throttle_decrease_ratio`).
   * @default 0
   */
  readonly decreaseRatio?: number | undefined;
  /**
   * Whether a new session takes more tokens than one that comes back (`connection_throttle_weight_enabled`). Tokens and
   * fill count are then in new sessions.
   * @default false
   */
  readonly weighted?: boolean | undefined;
  /**
   * Tokens for a new session, if weighted (`connection_throttle_global_session_weight`).
   * @default 3
   */
  readonly globalSessionWeight?: number | undefined;
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

/** Says of each handshake whether it may go on. Time is given, in milliseconds on one monotonic clock. */
export class ConnectionThrottle {
  readonly #options: ResolvedThrottle;
  readonly #random: Random;
  readonly #maxTokens: number;
  readonly #fillCount: number;
  #tokens: number;
  #filledAt: number;
  #reconsideredAt: number;
  /** The chance of a connection to be refused, from 0 to 1. */
  dropChance = 0;

  constructor(options: ResolvedThrottle, random: Random, now: number) {
    const unit = options.weighted ? options.globalSessionWeight : 1;
    this.#options = options;
    this.#random = random;
    this.#maxTokens = options.tokens * unit;
    this.#fillCount = options.fillCount * unit;
    this.#tokens = this.#maxTokens;
    this.#filledAt = now;
    this.#reconsideredAt = now;
  }

  /** How many tokens are missing. */
  get deficit(): number {
    return this.#maxTokens - this.#tokens;
  }

  /** Whether a session may begin (`new`) or come back (`renewed`) now; if so, its tokens are taken. */
  admits(kind: "new" | "renewed", now: number): boolean {
    const { weighted, globalSessionWeight, renewSessionWeight, freezeTimeMs } = this.#options;
    if (this.#maxTokens === 0) return true;
    const needed = !weighted ? 1 : kind === "new" ? globalSessionWeight : renewSessionWeight;
    this.#fill(now);
    if (freezeTimeMs !== -1 && this.#drops(now)) return false;
    if (this.#tokens < needed) return false;
    this.#tokens -= needed;
    return true;
  }

  #fill(now: number): void {
    const { fillTimeMs } = this.#options;
    const elapsed = now - this.#filledAt;
    if (elapsed <= fillTimeMs) return;
    this.#tokens = Math.min(this.#tokens + Math.floor((elapsed * this.#fillCount) / fillTimeMs), this.#maxTokens);
    this.#filledAt = now;
  }

  #drops(now: number): boolean {
    const { freezeTimeMs, dropIncrease, dropDecrease, decreaseRatio } = this.#options;
    if (now - this.#reconsideredAt > freezeTimeMs) {
      if (this.deficit === this.#maxTokens) this.dropChance = Math.min(this.dropChance + dropIncrease, 1);
      else if (this.deficit <= Math.round(this.#maxTokens * decreaseRatio)) {
        this.dropChance = Math.max(this.dropChance - dropDecrease, 0);
      }
      this.#reconsideredAt = now;
    }
    return this.#random.float() < this.dropChance;
  }
}
