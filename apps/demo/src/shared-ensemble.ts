import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** A session expires within one tick after its timeout: short ticks keep the demo short. */
const TICK_MS = 200;
const KEPT_CHARACTERS = 4_000;

/** A durable Conclave server in a process of its own, which can be killed and restarted on the same data. */
export class SharedEnsemble implements AsyncDisposable {
  readonly connectString: string;
  /** Rejects, with the last output of the server, if the server exits unexpectedly. */
  readonly broken: Promise<never>;
  readonly #dataDir: string;
  #server: ChildProcess;
  #reject = (_error: Error): void => {};

  private constructor(connectString: string, dataDir: string, launched: Launched) {
    this.connectString = connectString;
    this.#dataDir = dataDir;
    this.broken = new Promise((_resolve, reject) => {
      this.#reject = reject;
    });
    this.broken.catch(() => {});
    this.#server = this.#watch(launched);
  }

  /** Starts a server on a free port. Resolves when it accepts connections. */
  static async start(dataDir: string): Promise<SharedEnsemble> {
    const launched = await launch(dataDir, "0");
    return new SharedEnsemble(launched.connectString, dataDir, launched);
  }

  get pid(): number {
    return this.#server.pid!;
  }

  /** Kills the server with SIGKILL. Resolves when its process has ended. */
  async kill(): Promise<void> {
    await end(this.#server, "SIGKILL");
  }

  /** Starts the server again on the same port and data. Resolves when it accepts connections. */
  async restart(): Promise<void> {
    this.#server = this.#watch(await launch(this.#dataDir, this.connectString.split(":")[1]!));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return end(this.#server, "SIGTERM");
  }

  #watch({ server, output }: Launched): ChildProcess {
    server.once("close", (code) => {
      if (server.killed) return;
      this.#reject(new Error(`the ensemble's server exited unexpectedly with code ${code}\n${output()}`));
    });
    return server;
  }
}

/** A server that accepts connections. */
interface Launched {
  readonly server: ChildProcess;
  readonly connectString: string;
  /** Returns the last output of the server. */
  readonly output: () => string;
}

async function launch(dataDir: string, port: string): Promise<Launched> {
  const args = ["--port", port, "--data", dataDir, "--tick-ms", String(TICK_MS)];
  // Detached: Ctrl-C reaches only the demo, which ends the server last. The server ends when the demo ends, in any case.
  const server = fork(join(import.meta.dirname, "ensemble.js"), args, { silent: true, detached: true });
  let output = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-KEPT_CHARACTERS);
    });
  }
  const { connectString } = await new Promise<{ readonly connectString: string }>((resolve, reject) => {
    server.once("message", (message) => resolve(message as { connectString: string }));
    server.once("close", (code) =>
      reject(new Error(`the ensemble's server exited with code ${code} before it accepted connections\n${output}`)),
    );
  });
  return { server, connectString, output: () => output };
}

async function end(server: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const closed = once(server, "close");
  server.kill(signal);
  await closed;
}
