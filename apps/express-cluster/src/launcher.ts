import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

/** A process of the cluster, started here. */
export interface Launched {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
}

type Message = { readonly type: "ready"; readonly url: string } | { readonly type: "start" };

/** Starts processes of the cluster, also when one of them asks for another, and ends all of them when it is closed. */
export class Launcher {
  readonly #servers: string;
  readonly #sessionTimeoutMs: number;
  readonly #say: (line: string) => void;
  readonly #running = new Map<string, ChildProcess>();
  #count = 0;

  constructor(servers: string, sessionTimeoutMs: number, say: (line: string) => void) {
    this.#servers = servers;
    this.#sessionTimeoutMs = sessionTimeoutMs;
    this.#say = say;
  }

  /** Starts a process; resolves when it is a member, and rejects when it ends before. */
  start(port = 0): Promise<Launched> {
    const name = `web-${++this.#count}`;
    const child = fork(join(import.meta.dirname, "instance.js"), [`--port=${port}`, `--name=${name}`], {
      env: {
        ...process.env,
        CONCLAVE_SERVERS: this.#servers,
        SESSION_TIMEOUT_MS: String(this.#sessionTimeoutMs),
      },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      // Ctrl-C reaches this process alone, which ends the others in order.
      detached: true,
    });
    this.#running.set(name, child);
    return new Promise((resolve, reject) => {
      child.on("message", (message: Message) => {
        if (message.type === "start") return void this.start().catch((error: Error) => this.#say(error.message));
        const { url } = message;
        this.#say(`${name} joined: process ${child.pid}, ${url}`);
        resolve({ name, pid: child.pid!, url });
      });
      child.once("error", reject);
      child.once("close", (code, signal) => {
        this.#running.delete(name);
        const how = signal === null ? `with code ${code}` : `by ${signal}`;
        this.#say(`${name} ended ${how}`);
        reject(new Error(`${name} ended ${how} before it had joined`));
      });
    });
  }

  /** Drains all processes; resolves when they have exited. */
  async close(): Promise<void> {
    const ends = Array.from(this.#running.values(), (child) => {
      return new Promise<void>((resolve) => {
        child.once("close", () => resolve());
        child.kill("SIGTERM");
      });
    });
    await Promise.all(ends);
  }
}
