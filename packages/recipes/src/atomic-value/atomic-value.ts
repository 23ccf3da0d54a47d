import {
  type Codec,
  commitOnce,
  isZkError,
  type OperationOptions,
  parentPath,
  retry,
  type Transaction,
  type TypedZooKeeper,
  type ValueAndStat,
  type ZnodeData,
  type ZooKeeper,
} from "@conclave/client";
import { ensurePath } from "../background/ensure-path.js";
import {
  type RecipePlace,
  type RecipeSettings,
  type ResolvedRecipe,
  resolveRecipe,
} from "../options/recipe-options.js";

/** The version that ZooKeeper takes for any: a znode has it after 2^32 - 1 writes. */
const ANY_VERSION = -1;

/** How an {@link AtomicValue} is made. A name stands for the path `/conclave/values/<name>`. */
export type AtomicValueOptions<T> = RecipePlace &
  RecipeSettings & {
    /** What the znode holds. */
    readonly codec: Codec<T>;
  };

/**
 * A value that many change, each change once: one that was read is replaced only where nobody came between, and a change
 * whose answer was lost is not done again.
 *
 * The value is the data of the znode at {@link path}, which is persistent; it is there from the first write on. While the
 * answer to a write is awaited, an ephemeral znode below it proves that it was done. Whoever deletes the znode ends what is
 * promised to those who read before.
 */
export class AtomicValue<T> {
  readonly path: string;
  readonly #zk: ZooKeeper;
  readonly #typed: TypedZooKeeper<T>;
  readonly #codec: Codec<T>;
  readonly #options: ResolvedRecipe;

  /** Asks nothing of the ensemble. Throws a `TypeError` for options that are wrong. Keeps `zk`, and does not close it. */
  constructor(zk: ZooKeeper, options: AtomicValueOptions<T>) {
    this.#zk = zk;
    this.#options = resolveRecipe("value", "values", options);
    this.#codec = options.codec;
    this.#typed = zk.typed(options.codec);
    this.path = this.#options.path;
  }

  /** What it is, by what this client's server knows; `undefined` before the first write. Rejects with a `CodecError`, too. */
  async get(options: OperationOptions = {}): Promise<ValueAndStat<T> | undefined> {
    const { clock, random } = this.#options;
    try {
      return await retry(this.#zk, () => this.#typed.getData(this.path, options), { ...options, clock, random });
    } catch (error) {
      if (isZkError(error, "NO_NODE")) return undefined;
      throw error;
    }
  }

  /**
   * Writes where the value is still the one that {@link get} gave (`undefined`: where there is none). Resolves with whether
   * it did, also where the answer was lost; rejects with the outcome `unknown` where the session ended while it was awaited.
   */
  async compareAndSet(
    expected: ValueAndStat<T> | undefined,
    value: T,
    { signal }: OperationOptions = {},
  ): Promise<boolean> {
    const bytes = this.#codec.encode(value);
    return expected === undefined ? this.#make(bytes, signal) : this.#replace(bytes, signal, expected.stat.version);
  }

  /**
   * Reads, changes and writes until nobody came between: `change` gets the value (`undefined` where there is none) and gives
   * the next one; it is called again where another was faster. Resolves with what was written; rejects as
   * {@link compareAndSet}, and with what `change` throws.
   */
  async update(change: (value: T | undefined) => T | Promise<T>, options: OperationOptions = {}): Promise<T> {
    for (;;) {
      const now = await this.get(options);
      const next = await change(now?.data);
      if (await this.compareAndSet(now, next, options)) return next;
    }
  }

  /** Writes, whatever it was, and once; rejects as {@link compareAndSet}. */
  async set(value: T, { signal }: OperationOptions = {}): Promise<void> {
    const bytes = this.#codec.encode(value);
    let isDone = false;
    while (!isDone) isDone = (await this.#replace(bytes, signal)) || (await this.#make(bytes, signal));
  }

  /** Resolves with whether the znode was there, at this version where one is given. */
  async #replace(bytes: ZnodeData, signal: AbortSignal | undefined, version?: number): Promise<boolean> {
    try {
      await this.#once((transaction) => {
        if (version !== ANY_VERSION) return transaction.setData(this.path, bytes, version);
        // It cannot be named before the write, but the version that follows on it can behind.
        return transaction.setData(this.path, bytes).check(this.path, ANY_VERSION + 1);
      }, signal);
      return true;
    } catch (error) {
      if (isZkError(error, "BAD_VERSION", "NO_NODE")) return false;
      throw error;
    }
  }

  /** Resolves with whether the znode was not there. */
  async #make(bytes: ZnodeData, signal: AbortSignal | undefined): Promise<boolean> {
    const { acl } = this.#options;
    for (;;) {
      try {
        await this.#once((transaction) => transaction.create(this.path, bytes, { acl }), signal);
        return true;
      } catch (error) {
        if (isZkError(error, "NODE_EXISTS")) return false;
        if (!isZkError(error, "NO_NODE")) throw error;
        await ensurePath(this.#zk, parentPath(this.path), { ...this.#options, signal });
      }
    }
  }

  async #once(
    build: (transaction: Transaction) => Transaction<readonly unknown[]>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { clock, random } = this.#options;
    const policy = { signal, clock, random, attempts: Number.POSITIVE_INFINITY };
    await commitOnce(this.#zk, build, { ...policy, proofParent: this.path });
  }
}
