import { join } from "node:path";
import { ServiceProcess } from "@conclave/services";

/** Recipe to hold: the write lock of a read-write lock, the only permit of a semaphore. */
export type HeldRecipe = "LeaderElection" | "Mutex" | "ReadWriteLock" | "Semaphore";

/** Recipe and path that a {@link NodeHolder} holds. */
export interface NodeHolderOptions {
  readonly recipes: readonly HeldRecipe[];
  readonly connectString: string;
  /** Each recipe lies below, by its name. */
  readonly path: string;
  readonly sessionTimeoutMs: number;
}

/** A Node.js process that holds locks, or leads, until it is killed. */
export class NodeHolder implements AsyncDisposable {
  readonly #process: ServiceProcess;

  private constructor(process: ServiceProcess) {
    this.#process = process;
  }

  /** Resolves when it holds. Rejects with what it printed when it ends before. */
  static async start(options: NodeHolderOptions): Promise<NodeHolder> {
    const { recipes, connectString, path, sessionTimeoutMs } = options;
    const program = join(import.meta.dirname, "hold.ts");
    const args = [program, recipes.join(), connectString, path, String(sessionTimeoutMs)];
    const child = await ServiceProcess.start({ command: process.execPath, args });
    await new Promise<void>((resolve, reject) => {
      child.onStandardOutput((text) => text.includes("holds") && resolve());
      void child.ended.then((end) => reject(new Error(`the holder ended: ${end}\n${child.output}`)));
    });
    return new NodeHolder(child);
  }

  /** SIGKILL: its session stays until it expires. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
