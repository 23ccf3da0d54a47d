import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Random, randomInt } from "@conclave/runtime";
import { logsAmong, snapshotsAmong } from "../../src/storage/file-names.js";
import { ConclaveProcess } from "./conclave-process.js";
import { readContent } from "./tree-dump.js";
import { Writer } from "./workload.js";

/** Few transactions between snapshots, short steps of the log file: a crash meets these. */
export const KILL_SETTINGS = { snapCount: 100, preAllocSize: 16 };

/** Lets all write at once; kills the server when it has acknowledged some writes, and a moment more has passed. */
export async function writeAndKill(server: ConclaveProcess, writers: readonly Writer[], random: Random): Promise<void> {
  let left = 1 + randomInt(random, 600);
  const moment = random.float() * 4;
  const killed = new Promise<void>((resolve, reject) => {
    const onAcknowledged = (): void => {
      if (--left === 0) setTimeout(() => void server.kill().then(resolve, reject), moment);
    };
    Promise.all(writers.map((writer) => writer.run(server.port, onAcknowledged))).then(() => {
      if (left > 0) reject(new Error("the server closed all connections before it was killed"));
    }, reject);
  });
  await killed;
  // Replies that arrived before the end count as acknowledged.
  await new Promise((resolve) => setImmediate(resolve));
}

/** Compares the tree with the expected state of each writer, and continues from it. */
export async function settleAll(port: number, writers: readonly Writer[]): Promise<void> {
  for (const writer of writers) writer.settle(await readContent(port, writer.root));
}

/**
 * A real `conclave server` on its own temporary folder, killed by SIGKILL again and again. Each method rejects if an
 * acknowledged write is lost, a multi is applied in part, or the server does not start.
 */
export class KillRounds implements AsyncDisposable {
  readonly #random: Random;
  readonly #dataDir: string;
  readonly #writers: readonly Writer[];
  #server: ConclaveProcess | undefined;

  private constructor(random: Random, dataDir: string) {
    this.#random = random;
    this.#dataDir = dataDir;
    this.#writers = [1, 2, 3, 4].map((index) => new Writer(`/w${index}`, random));
  }

  static async open(random: Random): Promise<KillRounds> {
    return new KillRounds(random, await mkdtemp(join(tmpdir(), "conclave-kill-")));
  }

  /** Starts the server, checks the tree, and kills the server while it writes, makes snapshots and rolls its log. */
  async killWhileWriting(): Promise<void> {
    const server = await this.#start();
    await settleAll(server.port, this.#writers);
    await writeAndKill(server, this.#writers, this.#random);
  }

  /**
   * Writes, with kills, until there are more snapshots and logs than the server keeps; then kills it when some of them
   * are removed. Returns true if others that a purge removes still existed.
   */
  async killWhilePurging(): Promise<boolean> {
    do await this.killWhileWriting();
    while (this.#files().old < ENOUGH_TO_PURGE);
    const before = this.#files();
    const left = 1 + randomInt(this.#random, before.old - 1);
    const server = await ConclaveProcess.launch(this.#dataDir, { ...KILL_SETTINGS, "autopurge.purgeInterval": 1 });
    this.#server = server;
    let end: unknown;
    void server.ended.then((code) => {
      end = code ?? "a signal";
    });
    while (end === undefined && this.#files().old > left) await new Promise((next) => setImmediate(next));
    if (end !== undefined) throw new Error(`the server ended with ${end} before it had purged:\n${server.output}`);
    await server.kill();
    const after = this.#files();
    return after.all < before.all && after.old > 0;
  }

  /** Starts the server a last time, checks the tree, and stops it by SIGTERM; returns its exit code. */
  async finish(): Promise<number | null> {
    const server = await this.#start();
    await settleAll(server.port, this.#writers);
    return server.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.kill();
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  async #start(): Promise<ConclaveProcess> {
    this.#server = await ConclaveProcess.start(this.#dataDir, KILL_SETTINGS);
    return this.#server;
  }

  /** Counts all snapshots and logs, and those that a purge removes. */
  #files(): { readonly all: number; readonly old: number } {
    const names = readdirSync(join(this.#dataDir, "version-2"));
    const [snapshots, logs] = [snapshotsAmong(names), logsAmong(names)];
    const oldest = snapshots[RETAINED - 1]?.zxid;
    if (oldest === undefined) return { all: snapshots.length + logs.length, old: 0 };
    const covering = logs.findLastIndex(({ firstZxid }) => firstZxid <= oldest);
    const old = snapshots.length - RETAINED + Math.max(covering, 0);
    return { all: snapshots.length + logs.length, old };
  }
}

/** `autopurge.snapRetainCount`, where it is not set. */
const RETAINED = 3;
const ENOUGH_TO_PURGE = 5;
