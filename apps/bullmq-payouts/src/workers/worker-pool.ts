import { setTimeout as delay } from "node:timers/promises";
import { type FaultProxy, startFaultProxy } from "@conclave/testing";
import { WorkerProcess } from "./worker-process.js";
import type { WorkerSettings } from "./worker-settings.js";

/** Slot of the pool: its current worker process, and the number of processes started for it so far. */
interface Slot {
  readonly name: string;
  readonly proxy: FaultProxy | undefined;
  generation: number;
  worker: WorkerProcess;
}

/** Options of a {@link WorkerPool}. */
export interface WorkerPoolOptions extends Omit<WorkerSettings, "instance"> {
  readonly workers: number;
  /** Connects each worker through a proxy to the first server of the ensemble, for {@link WorkerPool.cutOff}. */
  readonly canCutOff: boolean;
  readonly log: (line: string) => void;
}

/** Worker processes; one that ends is replaced. */
export class WorkerPool implements AsyncDisposable {
  readonly #options: WorkerPoolOptions;
  readonly #slots: Slot[] = [];
  #isEnding = false;

  private constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Starts the workers. Resolves when all of them take jobs. */
  static async start(options: WorkerPoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool(options);
    try {
      for (let index = 0; index < options.workers; index++) {
        const target = options.servers.split(/[,/]/)[0] ?? "";
        const proxy = options.canCutOff ? await startFaultProxy({ target }) : undefined;
        const slot = { name: `worker-${index + 1}`, proxy, generation: 1 };
        pool.#slots.push({ ...slot, worker: pool.#launch(slot) });
      }
      for (const slot of pool.#slots) pool.#replaceWhenEnded(slot);
      await Promise.all(pool.workers.map(({ ready }) => ready));
    } catch (error) {
      await pool[Symbol.asyncDispose]();
      throw error;
    }
    return pool;
  }

  /** Current processes, in the order of the slots. */
  get workers(): readonly WorkerProcess[] {
    return this.#slots.map(({ worker }) => worker);
  }

  /** Cuts a worker off from the ensemble for longer than its session. */
  async cutOff(index: number): Promise<void> {
    const proxy = this.#slots[index]?.proxy;
    if (proxy === undefined) throw new Error("the pool has no proxies: start it with canCutOff");
    proxy.refuse();
    proxy.cut();
    await delay(this.#options.sessionTimeoutMs * 1.5);
    proxy.accept();
  }

  /** Kills all workers at once; payouts in progress stay unfinished. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.workers.map((worker) => worker.end("SIGKILL")));
    await Promise.all(this.#slots.map(({ proxy }) => proxy?.close()));
  }

  /** Last lines that each worker printed. */
  get output(): string {
    return this.workers.map(({ instance, output }) => `--- last lines of ${instance}\n${output}`).join("\n");
  }

  #launch({ name, proxy, generation }: Pick<Slot, "name" | "proxy" | "generation">): WorkerProcess {
    const { servers, redisUrl, queue, ledger, sessionTimeoutMs, transferMs } = this.#options;
    const chroot = /\/.*$/.exec(servers)?.[0] ?? "";
    const instance = generation === 1 ? name : `${name}.${generation}`;
    const reached = proxy === undefined ? servers : proxy.connectString + chroot;
    return new WorkerProcess({ servers: reached, redisUrl, queue, ledger, instance, sessionTimeoutMs, transferMs });
  }

  #replaceWhenEnded(slot: Slot): void {
    const { log } = this.#options;
    void slot.worker.ended.then((end) => {
      if (this.#isEnding) return;
      const { instance, pid } = slot.worker;
      slot.generation++;
      slot.worker = this.#launch(slot);
      log(`${instance} (pid ${pid}) ended: ${end}; ${slot.worker.instance} (pid ${slot.worker.pid}) replaces it`);
      this.#replaceWhenEnded(slot);
    });
  }
}
