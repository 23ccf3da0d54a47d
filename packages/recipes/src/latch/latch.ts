import {
  deleteRecursive,
  isZkError,
  type OperationOptions,
  parentPath,
  retry,
  type Stat,
  type ZooKeeper,
} from "@conclave/client";
import { ensurePath } from "../background/ensure-path.js";
import { withinTime } from "../grant/acquire-options.js";
import type { WaitOptions } from "../grant/wait-options.js";
import {
  nameComponent,
  type RecipePlace,
  type RecipeSettings,
  type ResolvedRecipe,
  resolveRecipe,
} from "../options/recipe-options.js";
import { watchUntil } from "../watching/watch-until.js";

/*
 *     <path>               data: the remaining count, in decimal digits
 *     <path>/done-<id>     exists for each id that has counted down
 *     <path>/open          exists once the count is 0; waiters watch only this znode, so that they wake once
 */

/** Options of {@link Latch}. A name means the path `/conclave/latches/<name>`. */
export type LatchOptions = RecipePlace &
  RecipeSettings & {
    /** Number of counts that open the latch. That of the first process to count down applies. */
    readonly count: number;
  };

/** Options of {@link Latch.countDown}. */
export interface CountDownOptions extends OperationOptions {
  /**
   * Id of the work that is done. Each id counts once, however often and from whichever process, so a worker that crashed can
   * repeat its work.
   * @default a random id for each call
   */
  readonly id?: string | undefined;
}

/** A barrier that opens permanently after a given number of counts. It outlives the processes that count down. */
export class Latch {
  readonly path: string;
  readonly count: number;
  readonly #zk: ZooKeeper;
  readonly #options: ResolvedRecipe;

  /** Sends no request. Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: LatchOptions) {
    const { count } = options;
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new TypeError(`count must be a whole number, 1 or more, not ${String(count)}`);
    }
    this.#zk = zk.readWrite;
    this.#options = resolveRecipe("latch", "latches", options);
    this.path = this.#options.path;
    this.count = count;
  }

  /**
   * Counts down by one, exactly once even if replies are lost or sessions expire. Resolves with the remaining count. If the
   * latch is open, resolves with 0 and changes nothing.
   */
  async countDown(options: CountDownOptions = {}): Promise<number> {
    const { signal } = options;
    const { clock, random } = this.#options;
    const id = options.id ?? Buffer.from(random.bytes(16)).toString("hex");
    const done = `${this.path}/done-${nameComponent("latch's count", id)}`;
    for (;;) {
      const [left, stat] = await this.#readOrCreate(options);
      if (left === 0) return 0;
      const attempt = (): Promise<unknown> => this.#commit(done, left - 1, stat, options);
      try {
        // Idempotent: an id counts once.
        await retry(this.#zk, attempt, { signal, clock, random, ifUnknown: async () => ({ done: false }) });
        return left - 1;
      } catch (error) {
        if (isZkError(error, "NODE_EXISTS")) return this.remaining(options);
        // Another client counted down, or removed the latch.
        if (!isZkError(error, "BAD_VERSION", "NO_NODE")) throw error;
      }
    }
  }

  /** Resolves with the number of counts that are left, as this client's server knows. */
  async remaining(options: OperationOptions = {}): Promise<number> {
    return (await this.#read(options))?.[0] ?? this.count;
  }

  /**
   * Waits until the latch is open, across lost connections and expired sessions. Rejects with `ABORTED` when `signal`
   * aborts, with an `AcquireTimeoutError` after `timeoutMs`, with `CLOSED` when the client is closed, and with the error of
   * a rejected request.
   */
  wait(options: WaitOptions = {}): Promise<void> {
    const what = `the opening of the latch ${this.#options.label}`;
    const open = `${this.path}/open`;
    return withinTime(what, options, this.#options.clock, async (signal) => {
      await watchUntil(
        this.#zk,
        what,
        async (watches) => (await this.#zk.exists(open, { watch: watches.on(open), signal })) ?? undefined,
        { signal },
      );
    });
  }

  /** Deletes the znodes of the latch. Later calls start a new latch. */
  remove(options: OperationOptions = {}): Promise<void> {
    return deleteRecursive(this.#zk, this.path, options);
  }

  #commit(done: string, left: number, { version }: Stat, { signal }: OperationOptions): Promise<unknown> {
    const { acl } = this.#options;
    const transaction = this.#zk.transaction().create(done, null, { acl }).setData(this.path, String(left), version);
    if (left === 0) transaction.create(`${this.path}/open`, null, { acl });
    return transaction.commit({ signal });
  }

  async #readOrCreate({ signal }: OperationOptions): Promise<readonly [number, Stat]> {
    const { acl, clock, random } = this.#options;
    for (;;) {
      const read = await this.#read({ signal });
      if (read !== undefined) return read;
      await ensurePath(this.#zk, parentPath(this.path), { ...this.#options, signal });
      const create = (): Promise<unknown> => this.#zk.create(this.path, String(this.count), { acl, signal });
      try {
        await retry(this.#zk, create, { signal, clock, random, ifUnknown: async () => ({ done: false }) });
      } catch (error) {
        if (!isZkError(error, "NODE_EXISTS", "NO_NODE")) throw error;
      }
    }
  }

  async #read({ signal }: OperationOptions): Promise<readonly [number, Stat] | undefined> {
    const { clock, random } = this.#options;
    try {
      const { data, stat } = await retry(this.#zk, () => this.#zk.getData(this.path, { signal }), {
        ...{ signal, clock, random },
      });
      const left = Number(data?.toString("latin1"));
      if (Number.isSafeInteger(left) && left >= 0) return [left, stat];
    } catch (error) {
      if (isZkError(error, "NO_NODE")) return undefined;
      throw error;
    }
    throw new Error(`the znode at ${this.path} is not a latch: its data is not a count`);
  }
}
