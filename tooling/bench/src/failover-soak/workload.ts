import { connect, isZkError, type ZooKeeper } from "@conclave/client";
import { assertLinearizable, HistoryRecorder, type SequentialModel } from "@conclave/testing";

/** A znode that clients set by its version. */
interface Register {
  readonly version: number;
}
interface Swap {
  readonly expected: number;
}

/** A set succeeds exactly if the version is the expected one, and raises it by one. */
const versionModel: SequentialModel<Register, Swap, boolean> = {
  initial: { version: 0 },
  step({ version }, { expected }, output) {
    const succeeds = version === expected;
    const after = { version: succeeds ? version + 1 : version };
    if (output === undefined) return [after];
    return output === succeeds ? [after] : [];
  },
  key: ({ version }) => String(version),
};

/** Clients that write as fast as they can, each to znodes of its own, and compete for one. */
export class Workload {
  /** Paths of all acknowledged creates. */
  readonly acknowledged: string[] = [];
  /** Creates and sets of unknown outcome. */
  doubtful = 0;
  /** Time of the last acknowledgement, of performance.now. */
  lastAckAt = 0;
  readonly #clients: readonly ZooKeeper[];
  readonly #ids: readonly (bigint | undefined)[];
  #round = 0;
  #history = new HistoryRecorder<Swap, boolean>();
  #isStopped = false;
  #running: Promise<unknown> = Promise.resolve();
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
    return workload;
  }

  /** Begins a round with znodes of its own. */
  async begin(): Promise<void> {
    this.#round++;
    this.#isStopped = false;
    this.#history = new HistoryRecorder();
    await this.#clients[0]!.create(`/t/${this.#round}`);
    await this.#clients[0]!.create(`/t/${this.#round}/register`);
    this.#running = Promise.all(
      this.#clients.map(async (zk, index) => {
        for (let serial = 0; !this.#isStopped; serial++) {
          await this.#create(zk, `/t/${this.#round}/${index}-${serial}`);
          if (serial % 4 === 0) await this.#swap(zk, `client ${index}`);
        }
      }),
    );
  }

  /** Resolves with the time of the next acknowledgement. */
  async nextAck(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#resolveAck = resolve;
    });
    return this.lastAckAt;
  }

  /** Ends the round. Rejects if the sets of the round have no order, or a write failed for another reason than a loss. */
  async end(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    assertLinearizable(versionModel, this.#history.operations);
  }

  /** Returns the acknowledged creates that a server does not have, and the clients that have lost their sessions. */
  async violations(server: string): Promise<string[]> {
    await using zk = await connect(server, { sessionTimeoutMs: 30_000, connectTimeoutMs: 60_000 });
    await zk.sync("/t");
    const found = new Set<string>();
    for (const round of await zk.getChildren("/t")) {
      for (const name of await zk.getChildren(`/t/${round}`)) found.add(`/t/${round}/${name}`);
    }
    const lost = this.acknowledged.filter((path) => !found.has(path)).map((path) => `${server} has lost ${path}`);
    const expired = this.#clients.filter((each, index) => each.session?.id !== this.#ids[index]);
    return [...lost, ...expired.map(() => "a client has lost its session")];
  }

  async close(): Promise<void> {
    this.#isStopped = true;
    await Promise.allSettled(this.#clients.map((zk) => zk.close()));
  }

  #noteAck(): void {
    this.lastAckAt = performance.now();
    this.#resolveAck?.();
    this.#resolveAck = undefined;
  }

  async #create(zk: ZooKeeper, path: string): Promise<void> {
    try {
      await zk.create(path, Buffer.from(path));
      this.acknowledged.push(path);
      this.#noteAck();
    } catch (error) {
      if (isZkError(error, "CLOSED") && this.#isStopped) return;
      if (!isZkError(error, "CONNECTION_LOSS")) throw error;
      this.doubtful++;
    }
  }

  async #swap(zk: ZooKeeper, by: string): Promise<void> {
    const path = `/t/${this.#round}/register`;
    let expected: number;
    try {
      expected = (await zk.getData(path)).stat.version;
    } catch (error) {
      if (!isZkError(error, "CONNECTION_LOSS") && !this.#isStopped) throw error;
      return;
    }
    await this.#history.record(by, { expected }, async () => {
      try {
        await zk.setData(path, Buffer.from(by), { version: expected });
        return true;
      } catch (error) {
        if (isZkError(error, "BAD_VERSION")) return false;
        this.doubtful++;
        throw error;
      }
    });
  }
}
