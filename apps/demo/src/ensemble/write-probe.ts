import { setTimeout as wait } from "node:timers/promises";
import { CreateMode, connect, isZkError, type ZooKeeper } from "@conclave/client";
import type { ProbeRecord, ProbeWrite } from "./verdict.js";

const INTERVAL_MS = 20;
/** The session of the probe outlives a fail-over on a busy machine, too. */
const SESSION_TIMEOUT_MS = 30_000;

/**
 * A client that creates a znode again and again and records each answer, so that the run shows for how long a fail-over
 * interrupts writes, and whether one is lost or applied twice.
 */
export class WriteProbe implements AsyncDisposable {
  readonly #zk: ZooKeeper;
  readonly #writes: ProbeWrite[] = [];
  readonly #running: Promise<void>;
  #isStopped = false;

  private constructor(zk: ZooKeeper) {
    this.#zk = zk;
    this.#running = this.#run();
  }

  /** Starts to write. The chroot of `servers` is for the probe alone. */
  static async start(servers: string): Promise<WriteProbe> {
    return new WriteProbe(await connect(servers, { sessionTimeoutMs: SESSION_TIMEOUT_MS }));
  }

  /** Returns true once a write that began after `at` (milliseconds since 1970) was acknowledged. */
  hasWrittenSince(at: number): boolean {
    return this.#writes.some(({ begunAt, outcome }) => outcome === "acknowledged" && begunAt >= at);
  }

  /**
   * Stops writing. Resolves with the writes and with the znodes on each server.
   *
   * @param serversOf connect strings of one server each, with the chroot of the probe
   */
  async finish(serversOf: readonly string[]): Promise<ProbeRecord> {
    await this.#stop();
    const views = await Promise.all(serversOf.map(readNames));
    return { writes: this.#writes, views };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await this.#zk.close();
  }

  async #stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let number = 0; !this.#isStopped; number++) {
      const begunAt = Date.now();
      const outcome = await this.#write(number);
      this.#writes.push({ number, begunAt, endedAt: Date.now(), outcome });
      await wait(INTERVAL_MS);
    }
  }

  /** A sequential znode gets another name if the write is applied twice. */
  async #write(number: number): Promise<ProbeWrite["outcome"]> {
    try {
      await this.#zk.create(`/${number}-`, null, { mode: CreateMode.PERSISTENT_SEQUENTIAL });
      return "acknowledged";
    } catch (error) {
      if (isZkError(error)) return error.outcome === "unknown" ? "unknown" : "not-applied";
      throw error;
    }
  }
}

/** Returns the names of the probe's znodes on one server, in the order of their creation. */
async function readNames(server: string): Promise<readonly string[]> {
  await using zk = await connect(server);
  await zk.sync("/");
  const sequence = (name: string): number => Number(name.split("-")[1]);
  return (await zk.getChildren("/")).toSorted((a, b) => sequence(a) - sequence(b));
}
