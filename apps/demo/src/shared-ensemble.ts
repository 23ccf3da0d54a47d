import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** Short ticks: sessions end within one of them after their timeout. */
const TICK_MS = 200;

/** One Conclave server in a process of its own, with its data in a folder: what is killed goes on where it was. */
export class SharedEnsemble implements AsyncDisposable {
  readonly connectString: string;
  readonly #dataDir: string;
  #server: ChildProcess;

  private constructor(connectString: string, dataDir: string, server: ChildProcess) {
    this.connectString = connectString;
    this.#dataDir = dataDir;
    this.#server = server;
  }

  /** Resolves when it serves. */
  static async start(dataDir: string): Promise<SharedEnsemble> {
    const { server, connectString } = await launch(dataDir, "0");
    return new SharedEnsemble(connectString, dataDir, server);
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
    const { server } = await launch(this.#dataDir, this.connectString.split(":")[1]!);
    this.#server = server;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return end(this.#server, "SIGTERM");
  }
}

async function launch(
  dataDir: string,
  port: string,
): Promise<{ readonly server: ChildProcess; readonly connectString: string }> {
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
  return { server, connectString };
}

async function end(server: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const closed = once(server, "close");
  server.kill(signal);
  await closed;
}
