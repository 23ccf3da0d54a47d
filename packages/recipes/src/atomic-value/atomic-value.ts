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

/** Version that matches any version in a conditional write. A znode also has it after 2^32 - 1 writes. */
const ANY_VERSION = -1;

/** Options of {@link AtomicValue}. A name means the path `/conclave/values/<name>`. */
export type AtomicValueOptions<T> = RecipePlace &
  RecipeSettings & {
    /** Codec of the znode's data. */
    readonly codec: Codec<T>;
  };

/**
 * A value that several processes change. A conditional write succeeds only if no other write was applied since the read, and a
 * write whose reply was lost is not applied twice.
 *
 * The value is the data of the persistent znode at {@link path}, which is created by the first write. While the reply to a
 * write is pending, an ephemeral znode below it proves that the write was applied. Deleting the znode voids these guarantees
 * for readers of earlier values.
 */
export class AtomicValue<T> {
  readonly path: string;
  readonly #zk: ZooKeeper;
  readonly #typed: TypedZooKeeper<T>;
  readonly #codec: Codec<T>;
  readonly #options: ResolvedRecipe;

  /** Sends no request. Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: AtomicValueOptions<T>) {
    this.#zk = zk.readWrite;
    this.#options = resolveRecipe("value", "values", options);
    this.#codec = options.codec;
    this.#typed = this.#zk.typed(options.codec);
    this.path = this.#options.path;
  }

  /**
   * Resolves with the value as this client's server knows it; `undefined` before the first write. Rejects with a
   * `CodecError` if the data cannot be decoded.
   */
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
   * Writes `value` if no write was applied since {@link get} returned `expected` (`undefined`: if there is no value). Resolves
   * with true if it was written, also if the reply was lost; rejects with the outcome `unknown` if the session ended while the
   * reply was pending.
   */
  async compareAndSet(
    expected: ValueAndStat<T> | undefined,
    value: T,
    { signal }: OperationOptions = {},
  ): Promise<boolean> {
    const bytes = this.#codec.encode(value);
    return expected === undefined ? this.#create(bytes, signal) : this.#replace(bytes, signal, expected.stat.version);
  }

  /**
   * Reads, changes and writes, again if another write was applied in between. `change` gets the value (`undefined` if there is
   * none) and returns the next one; it is called again after each conflict. Resolves with the value written; rejects as {@link
   * compareAndSet} does, and with the error that `change` throws.
   */
  async update(change: (value: T | undefined) => T | Promise<T>, options: OperationOptions = {}): Promise<T> {
    for (;;) {
      const now = await this.get(options);
      const next = await change(now?.data);
      if (await this.compareAndSet(now, next, options)) return next;
    }
  }

  /** Writes `value` unconditionally, exactly once; rejects as {@link compareAndSet} does. */
  async set(value: T, { signal }: OperationOptions = {}): Promise<void> {
    const bytes = this.#codec.encode(value);
    let isDone = false;
    while (!isDone) isDone = (await this.#replace(bytes, signal)) || (await this.#create(bytes, signal));
  }

  /** Writes the existing znode. Resolves with false if it does not exist or, if `version` is given, has another version. */
  async #replace(bytes: ZnodeData, signal: AbortSignal | undefined, version?: number): Promise<boolean> {
    try {
      await this.#once((transaction) => {
        if (version !== ANY_VERSION) return transaction.setData(this.path, bytes, version);
        // The version -1 means "any" in a write, so check the version that follows it instead.
        return transaction.setData(this.path, bytes).check(this.path, ANY_VERSION + 1);
      }, signal);
      return true;
    } catch (error) {
      if (isZkError(error, "BAD_VERSION", "NO_NODE")) return false;
      throw error;
    }
  }

  /** Creates the znode. Resolves with false if it exists. */
  async #create(bytes: ZnodeData, signal: AbortSignal | undefined): Promise<boolean> {
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
