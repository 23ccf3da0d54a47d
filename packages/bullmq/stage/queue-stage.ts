import { randomUUID } from "node:crypto";
import { type ConnectOptions, connect, type ZooKeeper } from "@conclave/client";
import { type FaultProxy, startFaultProxy } from "@conclave/testing";
import { type EnsembleUnderTest, type Redis, startRedis } from "@conclave/vitest";
import { Queue, QueueEvents, type Worker, type WorkerOptions } from "bullmq";
import { afterAll, afterEach, beforeAll } from "vitest";
import { type GuardedProcessor, type GuardOptions, guardedWorker } from "../src/index.js";

const SHORT_SESSION_MS = 1_500;

/** A client behind a proxy. */
export interface ShakyClient {
  readonly zk: ZooKeeper;
  readonly proxy: FaultProxy;
}

/** For one suite: a Redis, and queues, workers and clients that are closed after the test that asked for them. */
export class QueueStage {
  readonly #ensemble: EnsembleUnderTest;
  readonly #after: (() => Promise<unknown>)[] = [];
  #redis: Redis | undefined;

  /** Registers its hooks with the suite that makes it. */
  constructor(ensemble: EnsembleUnderTest) {
    this.#ensemble = ensemble;
    beforeAll(async () => {
      await using zk = await connect(ensemble.connectString());
      await zk.create(ensemble.root);
      this.#redis = await startRedis();
    });
    // Workers before the clients that they were made with.
    afterEach(async () => {
      for (const close of this.#after.splice(0).reverse()) await close();
    });
    afterAll(() => this.#redis?.close());
  }

  get connectString(): string {
    return this.#ensemble.connectString() + this.#ensemble.root;
  }

  get redis(): Redis {
    if (this.#redis === undefined) throw new Error("there is a Redis in tests and hooks only");
    return this.#redis;
  }

  get connection(): { readonly port: number } {
    return { port: this.redis.port };
  }

  /** Has something closed after this test, before what was opened earlier. */
  closeAfter<T>(opened: T, close: (opened: T) => Promise<unknown>): T {
    this.#after.push(() => close(opened));
    return opened;
  }

  newName(): string {
    return `q-${randomUUID().slice(0, 8)}`;
  }

  async client(options: ConnectOptions = {}): Promise<ZooKeeper> {
    return this.closeAfter(await connect(this.connectString, options), (zk) => zk.close());
  }

  /** With a session of 1.5 seconds, which comes back at once when the proxy lets it. */
  async shakyClient(): Promise<ShakyClient> {
    const [target = ""] = this.#ensemble.connectString().split(",");
    const proxy = this.closeAfter(await startFaultProxy({ target }), (opened) => opened.close());
    const zk = await connect(proxy.connectString + this.#ensemble.root, {
      sessionTimeoutMs: SHORT_SESSION_MS,
      backoff: { initialMs: 10, maxMs: 50 },
    });
    return { zk: this.closeAfter(zk, (opened) => opened.close()), proxy };
  }

  queue(name = this.newName()): Queue {
    return this.closeAfter(new Queue(name, { connection: this.connection }), (queue) => queue.close());
  }

  async events(queue: Queue): Promise<QueueEvents> {
    const events = new QueueEvents(queue.name, { connection: this.connection });
    this.closeAfter(events, (opened) => opened.close());
    await events.waitUntilReady();
    return events;
  }

  /** A guarded worker that is quick about everything. */
  async worker<T>(
    queue: Queue,
    processor: GuardedProcessor<T>,
    options: GuardOptions<T> & Partial<WorkerOptions>,
  ): Promise<Worker> {
    const settings = { connection: this.connection, delayMs: 40, concurrency: 8, stalledInterval: 300, ...options };
    const worker = await guardedWorker<T>(queue.name, processor, settings);
    worker.on("error", () => {});
    return this.closeAfter(worker as Worker, (opened) => opened.close());
  }
}
