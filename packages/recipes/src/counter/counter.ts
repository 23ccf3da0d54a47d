import type { OperationOptions, ZooKeeper } from "@conclave/client";
import { AtomicValue } from "../atomic-value/atomic-value.js";
import { type RecipePlace, type RecipeSettings, resolveRecipe } from "../options/recipe-options.js";
import { int64Codec } from "./int64-codec.js";

/** How a {@link Counter} is made. A name stands for the path `/conclave/counters/<name>`. */
export type CounterOptions = RecipePlace &
  RecipeSettings & {
    /**
     * What it is before anybody wrote it.
     * @default 0n
     */
    readonly initial?: bigint | undefined;
  };

/**
 * A number across processes. What is added is added once, also where an answer is lost; where the session ends while an
 * answer is awaited, the call rejects with the outcome `unknown`.
 *
 * As Curator's `DistributedAtomicLong` lays it out: eight bytes, the highest first.
 */
export class Counter {
  readonly path: string;
  readonly #value: AtomicValue<bigint>;
  readonly #initial: bigint;

  /** Asks nothing of the ensemble. Throws a `TypeError` for options that are wrong. Keeps `zk`, and does not close it. */
  constructor(zk: ZooKeeper, options: CounterOptions) {
    const { path, acl, logger, clock, random } = resolveRecipe("counter", "counters", options);
    this.path = path;
    this.#initial = options.initial ?? 0n;
    this.#value = new AtomicValue(zk, { path, acl, logger, clock, random, codec: int64Codec });
  }

  /** What it is, by what this client's server knows. */
  async get(options: OperationOptions = {}): Promise<bigint> {
    return (await this.#value.get(options))?.data ?? this.#initial;
  }

  /** Adds, and resolves with what it is then. Rejects with a `RangeError` where that does not fit 64 bits. */
  add(delta: bigint, options: OperationOptions = {}): Promise<bigint> {
    return this.#value.update((value = this.#initial) => value + delta, options);
  }

  /** Writes, whatever it was. */
  set(value: bigint, options: OperationOptions = {}): Promise<void> {
    return this.#value.set(value, options);
  }

  /** Writes where it is `expected`. Resolves with whether it did. */
  async compareAndSet(expected: bigint, value: bigint, options: OperationOptions = {}): Promise<boolean> {
    for (;;) {
      const now = await this.#value.get(options);
      if ((now?.data ?? this.#initial) !== expected) return false;
      if (await this.#value.compareAndSet(now, value, options)) return true;
    }
  }
}
