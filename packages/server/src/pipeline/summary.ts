/** Upper ends of the buckets grow by a fourth root of two: a quantile is exact to about a tenth of itself. */
const BUCKETS_PER_DOUBLING = 4;
const BUCKETS = 25 * BUCKETS_PER_DOUBLING;

/**
 * Distribution of whole numbers as in Apache's metrics: count, sum, minimum, maximum, average, quantiles.
 * Values below 1 count as 0.
 */
export class Summary {
  readonly #buckets = new Float64Array(BUCKETS);
  count = 0;
  sum = 0;
  #min = Number.POSITIVE_INFINITY;
  max = 0;

  observe(value: number): void {
    const whole = Math.floor(value);
    this.count++;
    this.sum += whole;
    if (whole < this.#min) this.#min = whole;
    if (whole > this.max) this.max = whole;
    this.#buckets[bucketOf(whole)]!++;
  }

  /** 0 while there is nothing. */
  get min(): number {
    return this.count === 0 ? 0 : this.#min;
  }

  /** To four decimals. 0 while there is nothing. */
  get average(): number {
    return this.count === 0 ? 0 : Math.round((this.sum / this.count) * 10_000) / 10_000;
  }

  /** The value that this share (0 to 1) of the observations does not exceed, about; 0 while there is nothing. */
  quantile(share: number): number {
    let left = Math.ceil(this.count * share);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#buckets[bucket]!;
      if (left <= 0) return Math.min(Math.max(upperEndOf(bucket), this.min), this.max);
    }
    return this.max;
  }

  reset(): void {
    this.#buckets.fill(0);
    this.count = 0;
    this.sum = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.max = 0;
  }
}

function bucketOf(value: number): number {
  if (value < 1) return 0;
  return Math.min(1 + Math.floor(Math.log2(value) * BUCKETS_PER_DOUBLING), BUCKETS - 1);
}

function upperEndOf(bucket: number): number {
  return bucket === 0 ? 0 : Math.floor(2 ** (bucket / BUCKETS_PER_DOUBLING));
}
