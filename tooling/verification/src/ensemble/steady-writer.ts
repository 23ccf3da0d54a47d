import { isZkError, type ZooKeeper } from "@conclave/client";

/** Writes one znode after the other, through failures, and remembers which of them were acknowledged. */
export class SteadyWriter {
  readonly acknowledged: string[] = [];
  /** Writes of unknown outcome. */
  doubtful = 0;
  readonly #zk: ZooKeeper;
  readonly #root: string;
  #isStopped = false;
  readonly #done: Promise<void>;

  constructor(zk: ZooKeeper, root: string) {
    this.#zk = zk;
    this.#root = root;
    this.#done = this.#run();
  }

  /** Stops writing. Resolves with the paths of the acknowledged znodes. Rejects if a write failed for another reason than a loss. */
  async stop(): Promise<readonly string[]> {
    this.#isStopped = true;
    await this.#done;
    return this.acknowledged;
  }

  async #run(): Promise<void> {
    for (let i = 0; !this.#isStopped; i++) {
      const path = `${this.#root}/${String(i).padStart(6, "0")}`;
      try {
        await this.#zk.create(path, Buffer.from(String(i)));
        this.acknowledged.push(path);
      } catch (error) {
        if (!isZkError(error) || error.code !== "CONNECTION_LOSS") throw error;
        this.doubtful++;
      }
    }
  }
}
