import { join } from "node:path";
import { SavedSession } from "@conclave/client";
import { ServiceProcess } from "@conclave/services";
import { endSession } from "./end-session.ts";

/** Recipe to hold: the write lock of a read-write lock, the only permit of a semaphore. */
export type HeldRecipe = "LeaderElection" | "Mutex" | "ReadWriteLock" | "Semaphore";

/** Recipes that a {@link NodeHolder} holds, and their ensemble. */
export interface NodeHolderOptions {
  readonly recipes: readonly HeldRecipe[];
  readonly connectString: string;
  /** Parent of the recipes' znodes, which are named after the recipe. */
  readonly path: string;
}

/** Node.js process that holds recipes until it is killed. */
export class NodeHolder implements AsyncDisposable {
  readonly #process: ServiceProcess;
  readonly #connectString: string;
  readonly #session: SavedSession;

  private constructor(process: ServiceProcess, connectString: string, session: SavedSession) {
    this.#process = process;
    this.#connectString = connectString;
    this.#session = session;
  }

  /** Resolves when the process holds all recipes. Rejects with the output of the process if it ends before that. */
  static async start({ recipes, connectString, path }: NodeHolderOptions): Promise<NodeHolder> {
    const args = [join(import.meta.dirname, "hold.ts"), recipes.join(), connectString, path];
    const child = await ServiceProcess.start({ command: process.execPath, args });
    const session = await new Promise<string>((resolve, reject) => {
      let output = "";
      child.onStandardOutput((text) => {
        output += text;
        const [, serialized] = /^holds with session (.+)\n/m.exec(output) ?? [];
        if (serialized !== undefined) resolve(serialized);
      });
      void child.ended.then((end) => reject(new Error(`the holder ended: ${end}\n${child.output}`)));
    });
    return new NodeHolder(child, connectString, SavedSession.parse(session));
  }

  /** Kills the process with SIGKILL, then ends its session, as the server does after the session timeout. */
  async kill(): Promise<void> {
    await this.#process.kill();
    await endSession(this.#connectString, this.#session);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
  }
}
