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
 *     <path>               how many are to count down still, in decimal digits
 *     <path>/done-<id>     one for each who has
 *     <path>/open          there once nobody is to any more: what those who wait watch, so that they wake once
 */

/** Options of {@link Latch}. A name means the path `/conclave/latches/<name>`. */
export type LatchOptions = RecipePlace &
  RecipeSettings & {
    /** Number of counts that open the latch. The first count of all processes sets it. */
    readonly count: number;
  };

/** Options of counting down. */
export interface CountDownOptions extends OperationOptions {
  /**
   * Identity of the work that is done. The same id counts once, from any process and however often, so a crashed worker may
   * start again.
   * @default a random id for each call
   */
  readonly id?: string | undefined;
}

/** Opens, for good, when so many have counted down. It outlives the processes that did. */
export class Latch {
  readonly path: string;
  readonly count: number;
  readonly #zk: ZooKeeper;
  readonly #options: ResolvedRecipe;

  /** Asks nothing of the ensemble. Throws a `TypeError` for options that are wrong. Keeps `zk`, and does not close it. */
  constructor(zk: ZooKeeper, options: LatchOptions) {
    const { count } = options;
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new TypeError(`count must be a whole number, 1 or more, not ${String(count)}`);
    }
    this.#zk = zk;
    this.#options = resolveRecipe("latch", "latches", options);
    this.path = this.#options.path;
    this.count = count;
  }

  /**
   * Counts down by one, once, also where answers are lost and sessions expire. Resolves with how many are to follow; 0, and
   * nothing is counted, where it is open.
   */
  async countDown(options: CountDownOptions = {}): Promise<number> {
    const { signal } = options;
    const { clock, random } = this.#options;
    const id = options.id ?? Buffer.from(random.bytes(16)).toString("hex");
    const done = `${this.path}/done-${nameComponent("latch's count", id)}`;
    for (;;) {
      const [left, stat] = await this.#readOrMake(options);
      if (left === 0) return 0;
      const attempt = (): Promise<unknown> => this.#commit(done, left - 1, stat, options);
      try {
        // Doing it twice is harmless: an id counts once.
        await retry(this.#zk, attempt, { signal, clock, random, ifUnknown: async () => ({ done: false }) });
        return left - 1;
      } catch (error) {
        if (isZkError(error, "NODE_EXISTS")) return this.remaining(options);
        // Another count came between, or the latch was removed.
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
   * a refused request.
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

  async #readOrMake({ signal }: OperationOptions): Promise<readonly [number, Stat]> {
    const { acl, clock, random } = this.#options;
    for (;;) {
      const read = await this.#read({ signal });
      if (read !== undefined) return read;
      await ensurePath(this.#zk, parentPath(this.path), { ...this.#options, signal });
      const make = (): Promise<unknown> => this.#zk.create(this.path, String(this.count), { acl, signal });
      try {
        await retry(this.#zk, make, { signal, clock, random, ifUnknown: async () => ({ done: false }) });
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
