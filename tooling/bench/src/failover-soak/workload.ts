import { connect, isZkError, type ZooKeeper } from "@conclave/client";
import { assertLinearizable, HistoryRecorder } from "@conclave/testing";
import { PROBE_PATH } from "./faults.ts";
import { type VersionInput, versionModel } from "./version-model.ts";

/** Clients that write as fast as they can, each to znodes of its own, and compete for one, which they also read. */
export class Workload {
  /** Paths of all acknowledged creates. */
  readonly acknowledged: string[] = [];
  /** Creates and sets of unknown outcome. */
  doubtful = 0;
  /** Reads after a sync that returned. */
  reads = 0;
  /** Longest time between two acknowledged creates of a round. */
  longestMs = 0;
  readonly #clients: readonly ZooKeeper[];
  readonly #ids: readonly (bigint | undefined)[];
  #root = "";
  #history = new HistoryRecorder<VersionInput, boolean | number>();
  #isStopped = false;
  #running: Promise<unknown> = Promise.resolve();
  #lastAckAt = 0;
  #resolveAck: (() => void) | undefined;

  private constructor(clients: readonly ZooKeeper[]) {
    this.#clients = clients;
    this.#ids = clients.map((zk) => zk.session?.id);
  }

  static async start(connectString: string, clients: number): Promise<Workload> {
    const options = { sessionTimeoutMs: 60_000, connectTimeoutMs: 60_000, backoff: { initialMs: 5, maxMs: 50 } };
    const connected = await Promise.all(Array.from({ length: clients }, () => connect(connectString, options)));
    const workload = new Workload(connected);
    await connected[0]!.create("/t");
    await connected[0]!.create(PROBE_PATH);
    return workload;
  }

  /** Begins a round with znodes of its own. */
  async begin(round: number): Promise<void> {
    this.#root = `/t/${round}`;
    this.#isStopped = false;
    this.#history = new HistoryRecorder();
    await this.#clients[0]!.create(this.#root);
    await this.#clients[0]!.create(this.#register);
    this.#lastAckAt = performance.now();
    const running = Promise.all(
      this.#clients.map(async (zk, index) => {
        const by = `client ${index}`;
        for (let serial = 0; !this.#isStopped; serial++) {
          await this.#create(zk, `${this.#root}/${index}-${serial}`);
          if (serial % 4 === 0) await this.#set(zk, by);
          if (serial % 4 === 2) await this.#read(zk, by);
        }
      }),
    );
    // A failure is reported by the next wait.
    running.catch(() => {});
    this.#running = running;
  }

  /** Resolves with the next acknowledgement. Rejects when a client has failed for another reason than a loss. */
  async nextAck(): Promise<void> {
    const acknowledged = new Promise<void>((resolve) => {
      this.#resolveAck = resolve;
    });
    await Promise.race([acknowledged, this.#running]);
  }

  /** Ends the round. Rejects if its sets and reads have no order, or a write failed for another reason than a loss. */
  async end(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    assertLinearizable(versionModel, this.#history.operations);
  }

  /**
   * Returns the acknowledged creates that a server does not have, and the clients that have lost their sessions. Looks at the
   * round that has ended, or at all of them.
   */
  async violations(server: string, rounds: "last" | "all" = "last"): Promise<string[]> {
    await using zk = await connect(server, { sessionTimeoutMs: 30_000, connectTimeoutMs: 60_000 });
    await zk.sync("/t");
    const roots = rounds === "last" ? [this.#root] : (await zk.getChildren("/t")).map((round) => `/t/${round}`);
    const found = new Set<string>();
    for (const root of roots) for (const name of await zk.getChildren(root)) found.add(`${root}/${name}`);
    const expected =
      rounds === "all" ? this.acknowledged : this.acknowledged.filter((path) => path.startsWith(`${this.#root}/`));
    const lost = expected.filter((path) => !found.has(path)).map((path) => `${server} has lost ${path}`);
    const expired = this.#clients.filter((each, index) => each.session?.id !== this.#ids[index]);
    return [...lost, ...expired.map(() => "a client has lost its session")];
  }

  async close(): Promise<void> {
    this.#isStopped = true;
    await Promise.allSettled(this.#clients.map((zk) => zk.close()));
  }

  get #register(): string {
    return `${this.#root}/register`;
  }

  async #create(zk: ZooKeeper, path: string): Promise<void> {
    try {
      await zk.create(path, Buffer.from(path));
      this.acknowledged.push(path);
      const now = performance.now();
      this.longestMs = Math.max(this.longestMs, now - this.#lastAckAt);
      this.#lastAckAt = now;
      this.#resolveAck?.();
      this.#resolveAck = undefined;
    } catch (error) {
      this.#expectLoss(error);
      this.doubtful++;
    }
  }

  async #set(zk: ZooKeeper, by: string): Promise<void> {
    let expected: number;
    try {
      expected = (await zk.getData(this.#register)).stat.version;
    } catch (error) {
      return this.#expectLoss(error);
    }
    await this.#history.record(by, { type: "set", expected }, async () => {
      try {
        await zk.setData(this.#register, Buffer.from(by), { version: expected });
        return true;
      } catch (error) {
        if (isZkError(error, "BAD_VERSION")) return false;
        this.doubtful++;
        throw error;
      }
    });
  }

  async #read(zk: ZooKeeper, by: string): Promise<void> {
    const version = await this.#history.record(by, { type: "read" }, async () => {
      await zk.sync(this.#register);
      return (await zk.getData(this.#register)).stat.version;
    });
    if (version !== undefined) this.reads++;
  }

  #expectLoss(error: unknown): void {
    if (isZkError(error, "CONNECTION_LOSS") || (isZkError(error, "CLOSED") && this.#isStopped)) return;
    throw error;
  }
}
