import {
  type Codec,
  commitOnce,
  isZkError,
  type OperationOptions,
  parentPath,
  retry,
  type Stat,
  type Transaction,
  type TypedZooKeeper,
  type ValueAndStat,
  type ZooKeeper,
} from "@conclave/client";
import { ensurePath } from "../ensure-path.js";
import { type RecipePlace, type RecipeSettings, type ResolvedRecipe, resolveRecipe } from "../recipe-options.js";

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
    const { acl, clock, random } = this.#options;
    const bytes = this.#codec.encode(value);
    const policy = { signal, clock, random, attempts: Number.POSITIVE_INFINITY };
    for (;;) {
      try {
        await commitOnce<readonly unknown[]>(
          this.#zk,
          (transaction) =>
            expected === undefined
              ? transaction.create(this.path, bytes, { acl })
              : this.#onlyAt(expected.stat, transaction).setData(this.path, bytes, expected.stat.version),
          { ...policy, proofParent: this.path },
        );
        return true;
      } catch (error) {
        if (isZkError(error, "BAD_VERSION", "NODE_EXISTS")) return false;
        if (!isZkError(error, "NO_NODE")) throw error;
        if (expected !== undefined) return false;
        await ensurePath(this.#zk, parentPath(this.path), { ...this.#options, signal });
      }
    }
  }

  /**
   * The version that comes after 2^32 - 1 writes is the one that ZooKeeper takes for any. There a znode that is made once for
   * each such state tells the first of those who write from the others; it stays, for who read that state may write late.
   */
  #onlyAt({ version, mzxid }: Stat, transaction: Transaction): Transaction<readonly unknown[]> {
    if (version !== ANY_VERSION) return transaction;
    return transaction.create(`${this.path}/replaced-${mzxid}`, null, { acl: this.#options.acl });
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

  /** Writes, whatever it was. */
  async set(value: T, options: OperationOptions = {}): Promise<void> {
    await this.update(() => value, options);
  }
}
