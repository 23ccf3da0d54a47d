import type { OperationOptions, ZooKeeper } from "@conclave/client";
import { AtomicValue } from "../atomic-value/atomic-value.js";
import { type RecipePlace, type RecipeSettings, resolveRecipe } from "../options/recipe-options.js";
import { int64Codec } from "./int64-codec.js";

/** Options of {@link Counter}. A name means the path `/conclave/counters/<name>`. */
export type CounterOptions = RecipePlace &
  RecipeSettings & {
    /**
     * Value before the first write.
     * @default 0n
     */
    readonly initial?: bigint | undefined;
  };

/**
 * A number shared by processes. An addition is applied once, even if its reply is lost; if the session ends while the reply is
 * pending, the call rejects with the outcome `unknown`.
 *
 * Layout of Curator's `DistributedAtomicLong`: eight bytes, big-endian.
 */
export class Counter {
  readonly path: string;
  readonly #value: AtomicValue<bigint>;
  readonly #initial: bigint;

  /** Sends no request. Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: CounterOptions) {
    const { path, acl, logger, clock, random } = resolveRecipe("counter", "counters", options);
    this.path = path;
    this.#initial = options.initial ?? 0n;
    this.#value = new AtomicValue(zk, { path, acl, logger, clock, random, codec: int64Codec });
  }

  /** Resolves with the value as this client's server knows it. */
  async get(options: OperationOptions = {}): Promise<bigint> {
    return (await this.#value.get(options))?.data ?? this.#initial;
  }

  /** Adds `delta` and resolves with the new value. Rejects with a `RangeError` if it does not fit into 64 bits. */
  add(delta: bigint, options: OperationOptions = {}): Promise<bigint> {
    return this.#value.update((value = this.#initial) => value + delta, options);
  }

  /** Writes `value` unconditionally. */
  set(value: bigint, options: OperationOptions = {}): Promise<void> {
    return this.#value.set(value, options);
  }

  /** Writes `value` if the counter is `expected`. Resolves with true if it was written. */
  async compareAndSet(expected: bigint, value: bigint, options: OperationOptions = {}): Promise<boolean> {
    for (;;) {
      const now = await this.#value.get(options);
      if ((now?.data ?? this.#initial) !== expected) return false;
      if (await this.#value.compareAndSet(now, value, options)) return true;
    }
  }
}
