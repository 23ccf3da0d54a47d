import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** Short ticks: sessions end within one of them after their timeout. */
const TICK_MS = 200;

/** One Conclave server in a process of its own, with its data in a folder: what is killed goes on where it was. */
export class SharedEnsemble implements AsyncDisposable {
  readonly connectString: string;
  /** Rejects, with the server's last words, when it ends though nobody here ended it. */
  readonly broken: Promise<never>;
  readonly #dataDir: string;
  #server: ChildProcess;
  #break = (_error: Error): void => {};

  private constructor(connectString: string, dataDir: string, launched: Launched) {
    this.connectString = connectString;
    this.#dataDir = dataDir;
    this.broken = new Promise((_resolve, reject) => {
      this.#break = reject;
    });
    this.broken.catch(() => {});
    this.#server = this.#watch(launched);
  }

  /** Resolves when it serves. */
  static async start(dataDir: string): Promise<SharedEnsemble> {
    const launched = await launch(dataDir, "0");
    return new SharedEnsemble(launched.connectString, dataDir, launched);
  }

  get pid(): number {
    return this.#server.pid!;
  }

  /** Kills it where it stands. Resolves when it is gone. */
  async kill(): Promise<void> {
    await end(this.#server, "SIGKILL");
  }

  /** Starts it again, on its port and its data. Resolves when it serves. */
  async restart(): Promise<void> {
    this.#server = this.#watch(await launch(this.#dataDir, this.connectString.split(":")[1]!));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return end(this.#server, "SIGTERM");
  }

  #watch({ server, output }: Launched): ChildProcess {
    server.once("close", (code) => {
      if (!server.killed)
        this.#break(new Error(`the ensemble's server ended by itself, with code ${code}\n${output()}`));
    });
    return server;
  }
}

/** A server that serves. */
interface Launched {
  readonly server: ChildProcess;
  readonly connectString: string;
  /** The last that it printed. */
  readonly output: () => string;
}

async function launch(dataDir: string, port: string): Promise<Launched> {
  const args = ["--port", port, "--data", dataDir, "--tick-ms", String(TICK_MS)];
  // Detached: Ctrl-C reaches the demo alone, which ends the server last. It ends by itself when the demo is gone.
  const server = fork(join(import.meta.dirname, "ensemble.js"), args, { silent: true, detached: true });
  let output = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000);
    });
  }
  const { connectString } = await new Promise<{ readonly connectString: string }>((resolve, reject) => {
    server.once("message", (message) => resolve(message as { connectString: string }));
    server.once("close", () => reject(new Error(`the ensemble's server ended before it served\n${output}`)));
  });
  return { server, connectString, output: () => output };
}

async function end(server: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const closed = once(server, "close");
  server.kill(signal);
  await closed;
}
