import type { Random } from "@conclave/runtime";
import type { ResolvedThrottle } from "../options/throttle-options.js";

/** Says of each handshake whether it may go on. Time is given, in milliseconds on one monotonic clock. */
export class ConnectionThrottle {
  readonly #options: ResolvedThrottle;
  /** Tokens for each kind of session. */
  readonly #weights: Readonly<Record<"new" | "renewed", number>>;
  readonly #random: Random;
  readonly #maxTokens: number;
  readonly #fillCount: number;
  #tokens: number;
  #filledAt: number;
  #reconsideredAt: number;
  /** Probability that a connection is refused, from 0 to 1. */
  dropProbability = 0;

  /** @param opensLocal true if new sessions are local */
  constructor(options: ResolvedThrottle, random: Random, now: number, opensLocal = false) {
    const { weighted, localSessionWeight, globalSessionWeight, renewSessionWeight } = options;
    // A local session is the cheapest, whatever the weights say.
    const unit = weighted ? Math.max(globalSessionWeight, localSessionWeight) : 1;
    const renewed = weighted ? Math.max(renewSessionWeight, localSessionWeight) : 1;
    this.#weights = { new: weighted && opensLocal ? localSessionWeight : unit, renewed };
    this.#options = options;
    this.#random = random;
    this.#maxTokens = options.tokens * unit;
    this.#fillCount = options.fillCount * unit;
    this.#tokens = this.#maxTokens;
    this.#filledAt = now;
    this.#reconsideredAt = now;
  }

  /** Number of missing tokens. */
  get deficit(): number {
    return this.#maxTokens - this.#tokens;
  }

  /** Returns true if a session may be opened (`new`) or resumed (`renewed`) now, and takes its tokens. */
  admits(kind: "new" | "renewed", now: number): boolean {
    const { freezeTimeMs } = this.#options;
    if (this.#maxTokens === 0) return true;
    const needed = this.#weights[kind];
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
      if (this.deficit === this.#maxTokens) this.dropProbability = Math.min(this.dropProbability + dropIncrease, 1);
      else if (this.deficit <= Math.round(this.#maxTokens * decreaseRatio)) {
        this.dropProbability = Math.max(this.dropProbability - dropDecrease, 0);
      }
      this.#reconsideredAt = now;
    }
    return this.#random.float() < this.dropProbability;
  }
}
