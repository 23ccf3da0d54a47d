import {
  commitOnce,
  deleteOnce,
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
  type RecipePlace,
  type RecipeSettings,
  type ResolvedRecipe,
  resolveRecipe,
} from "../options/recipe-options.js";
import { watchUntil } from "../watching/watch-until.js";

/** Options of {@link Barrier}. A name means the path `/conclave/barriers/<name>`. */
export type BarrierOptions = RecipePlace & RecipeSettings;

/**
 * A barrier that any process sets and lifts; waiting processes continue when it is lifted. It outlives the process that set
 * it.
 *
 * Layout of Curator's `DistributedBarrier`: the barrier is set while the znode at {@link path} exists.
 */
export class Barrier {
  readonly path: string;
  readonly #zk: ZooKeeper;
  readonly #options: ResolvedRecipe;

  /** Sends no request. Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: BarrierOptions) {
    this.#zk = zk.readWrite;
    this.#options = resolveRecipe("barrier", "barriers", options);
    this.path = this.#options.path;
  }

  /**
   * Sets the barrier; no effect if it is set. Applied once even if the reply is lost: a barrier lifted meanwhile stays lifted.
   */
  async set({ signal }: OperationOptions = {}): Promise<void> {
    const { acl, clock, random } = this.#options;
    const proofParent = parentPath(this.path);
    for (;;) {
      try {
        await commitOnce(this.#zk, (transaction) => transaction.create(this.path, null, { acl }), {
          ...{ proofParent, signal, clock, random },
        });
        return;
      } catch (error) {
        if (isZkError(error, "NODE_EXISTS")) return;
        if (!isZkError(error, "NO_NODE") || proofParent === "/") throw error;
        await ensurePath(this.#zk, proofParent, { ...this.#options, signal });
      }
    }
  }

  /** Lifts the barrier; no effect if it is not set. Does not lift a barrier that was set again after the call began. */
  async lift({ signal }: OperationOptions = {}): Promise<void> {
    const { clock, random } = this.#options;
    const read = async (): Promise<Stat | null> => {
      const [, stat] = await Promise.all([
        this.#zk.sync(this.path, { signal }),
        this.#zk.exists(this.path, { signal }),
      ]);
      return stat;
    };
    for (;;) {
      const stat = await retry(this.#zk, read, { signal, clock, random });
      if (stat === null) return;
      try {
        await deleteOnce(this.#zk, this.path, stat, { signal, clock, random });
        return;
      } catch (error) {
        // The data of the znode has no meaning: try again with its new version.
        if (!isZkError(error, "BAD_VERSION")) throw error;
      }
    }
  }

  /** Resolves with true if the barrier is set, as this client's server knows. */
  async isSet(options: OperationOptions = {}): Promise<boolean> {
    return (await this.#zk.exists(this.path, options)) !== null;
  }

  /**
   * Waits until the barrier is not set, across lost connections and expired sessions. Takes into account a barrier that was set
   * before the call through any server. Rejects with `ABORTED` when `signal` aborts, with an `AcquireTimeoutError` after
   * `timeoutMs`, with `CLOSED` when the client is closed, and with the error of a rejected read.
   */
  wait(options: WaitOptions = {}): Promise<void> {
    const what = `the passage of the barrier ${this.#options.label}`;
    return withinTime(what, options, this.#options.clock, async (signal) => {
      await watchUntil(
        this.#zk,
        what,
        async (watches) => {
          const sync = this.#zk.sync(this.path, { signal });
          // Use getData: exists would set a watch also if the znode does not exist.
          const read = this.#zk.getData(this.path, { watch: watches.on(this.path), signal });
          try {
            await Promise.all([sync, read]);
            return undefined;
          } catch (error) {
            if (isZkError(error, "NO_NODE")) return true;
            throw error;
          }
        },
        { signal },
      );
    });
  }
}
