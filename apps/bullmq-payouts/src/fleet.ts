import { setTimeout as delay } from "node:timers/promises";
import { type FaultProxy, startFaultProxy } from "@conclave/testing";
import { WorkerProcess } from "./worker-process.js";
import type { WorkerSettings } from "./worker-settings.js";

/** A place for a worker: when its process ends, another one takes it. */
interface Post {
  readonly name: string;
  readonly proxy: FaultProxy | undefined;
  generation: number;
  worker: WorkerProcess;
}

/** How a {@link Fleet} is made. */
export interface FleetOptions extends Omit<WorkerSettings, "instance"> {
  readonly workers: number;
  /** Whether each worker gets a proxy on its way to the ensemble (to its first server alone), for {@link Fleet.cutOff}. */
  readonly canCutOff: boolean;
  readonly tell: (line: string) => void;
}

/** Several workers, each in a process of its own; a process that has ended is replaced. */
export class Fleet implements AsyncDisposable {
  readonly #options: FleetOptions;
  readonly #posts: Post[] = [];
  #isEnding = false;

  private constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Resolves when all workers take jobs. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    try {
      for (let index = 0; index < options.workers; index++) {
        const target = options.servers.split(/[,/]/)[0] ?? "";
        const proxy = options.canCutOff ? await startFaultProxy({ target }) : undefined;
        const post = { name: `worker-${index + 1}`, proxy, generation: 1 };
        fleet.#posts.push({ ...post, worker: fleet.#launch(post) });
      }
      for (const post of fleet.#posts) fleet.#keep(post);
      await Promise.all(fleet.workers.map(({ ready }) => ready));
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      throw error;
    }
    return fleet;
  }

  /** The processes that hold the posts at the moment, by the number of the post. */
  get workers(): readonly WorkerProcess[] {
    return this.#posts.map(({ worker }) => worker);
  }

  /** Keeps a worker from the ensemble until its session is over. */
  async cutOff(index: number): Promise<void> {
    const proxy = this.#posts[index]?.proxy;
    if (proxy === undefined) throw new Error("this fleet has no proxies");
    proxy.refuse();
    proxy.cut();
    await delay(this.#options.sessionTimeoutMs * 1.5);
    proxy.accept();
  }

  /** Ends all workers at once: whatever they have in hand is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.workers.map((worker) => worker.end("SIGKILL")));
    await Promise.all(this.#posts.map(({ proxy }) => proxy?.close()));
  }

  /** The last lines of all workers. */
  get output(): string {
    return this.workers.map(({ instance, output }) => `--- the last lines of ${instance}\n${output}`).join("\n");
  }

  #launch({ name, proxy, generation }: Pick<Post, "name" | "proxy" | "generation">): WorkerProcess {
    const { servers, redisUrl, queue, ledger, sessionTimeoutMs, transferMs } = this.#options;
    const chroot = /\/.*$/.exec(servers)?.[0] ?? "";
    const instance = generation === 1 ? name : `${name}.${generation}`;
    const reached = proxy === undefined ? servers : proxy.connectString + chroot;
    return new WorkerProcess({ servers: reached, redisUrl, queue, ledger, instance, sessionTimeoutMs, transferMs });
  }

  #keep(post: Post): void {
    const { tell } = this.#options;
    void post.worker.ended.then((end) => {
      if (this.#isEnding) return;
      const { instance, pid } = post.worker;
      post.generation++;
      post.worker = this.#launch(post);
      tell(`${instance} (pid ${pid}) ended: ${end}; ${post.worker.instance} (pid ${post.worker.pid}) takes its place`);
      this.#keep(post);
    });
  }
}
