import { randomUUID } from "node:crypto";
import { type ConnectOptions, connect, type SavedSession, type ZooKeeper } from "@conclave/client";
import { systemClock } from "@conclave/runtime";
import { type FaultProxy, type FaultProxyOptions, startFaultProxy } from "@conclave/testing";
import { type EnsembleUnderTest, type Redis, startRedis } from "@conclave/vitest";
import { Queue, QueueEvents, type Worker, type WorkerOptions } from "bullmq";
import { afterAll, afterEach, beforeAll } from "vitest";
import { type GuardedProcessor, type GuardOptions, guardedWorker } from "../src/index.js";

/** Session timeout in milliseconds: a busy machine does not expire it, and the ensembles grant it. */
export const PATIENT_SESSION_MS = 40_000;

/** A promise, and the function that resolves it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

/** Returns a pending promise for a test to resolve. */
export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** A client connected through a fault proxy. */
export interface ProxiedClient {
  readonly zk: ZooKeeper;
  readonly proxy: FaultProxy;
}

/** Redis of one suite, and factories of queues, workers and clients that are closed after the test that made them. */
export class QueueTestContext {
  readonly #ensemble: EnsembleUnderTest;
  readonly #closeSteps: (() => Promise<unknown>)[] = [];
  #redis: Redis | undefined;

  /** Registers hooks with the suite that calls it. */
  constructor(ensemble: EnsembleUnderTest) {
    this.#ensemble = ensemble;
    beforeAll(async () => {
      await using zk = await connect(ensemble.connectString());
      await zk.create(ensemble.root);
      this.#redis = await startRedis();
    });
    // In reverse order: workers are closed before the clients that they use.
    afterEach(async () => {
      for (const close of this.#closeSteps.splice(0).reverse()) await close();
    });
    afterAll(() => this.#redis?.close());
  }

  get connectString(): string {
    return this.#ensemble.connectString() + this.#ensemble.root;
  }

  get redis(): Redis {
    if (this.#redis === undefined) throw new Error("Redis is not running: use this in tests and hooks only");
    return this.#redis;
  }

  get connection(): { readonly port: number } {
    return { port: this.redis.port };
  }

  /** Closes `opened` after this test, before everything that was opened earlier. Returns it. */
  closeAfter<T>(opened: T, close: (opened: T) => Promise<unknown>): T {
    this.#closeSteps.push(() => close(opened));
    return opened;
  }

  newName(): string {
    return `q-${randomUUID().slice(0, 8)}`;
  }

  /** Connects a client, to the ensemble unless `connectString` names another address of it. */
  async client(options: ConnectOptions = {}, connectString = this.connectString): Promise<ZooKeeper> {
    const zk = await connect(connectString, { sessionTimeoutMs: PATIENT_SESSION_MS, ...options });
    return this.closeAfter(zk, async ({ state, session }) => {
      await zk.close();
      // Without a connection the client cannot end its session, which would hold its locks during the next tests.
      if (state === "suspended") await this.endSession(session);
    });
  }

  /** Connects a client through a fault proxy; it reconnects at once when the proxy accepts connections. */
  async proxiedClient(): Promise<ProxiedClient> {
    const proxy = await this.proxy();
    const connectString = proxy.connectString + this.#ensemble.root;
    return { zk: await this.client({ backoff: { initialMs: 10, maxMs: 50 } }, connectString), proxy };
  }

  /** Connects a client whose clock can jump past its session timeout, as after a stop of its process. */
  async clientWithJumpingClock(): Promise<{ readonly client: ZooKeeper; readonly jumpPastSession: () => void }> {
    let jumpedMs = 0;
    const client = await this.client({ clock: { ...systemClock, now: () => systemClock.now() + jumpedMs } });
    return {
      client,
      jumpPastSession: () => {
        jumpedMs += client.sessionTimeoutMs + 1;
      },
    };
  }

  /** Starts a fault proxy in front of one server of the ensemble. */
  async proxy(options: Omit<FaultProxyOptions, "target"> = {}): Promise<FaultProxy> {
    const [target = ""] = this.#ensemble.connectString().split(",");
    return this.closeAfter(await startFaultProxy({ ...options, target }), (opened) => opened.close());
  }

  /**
   * Ends a session on the ensemble, as its timeout would, without waiting for it. The session's own client must have no
   * connection: it would resume the session at the same time.
   */
  async endSession(session: SavedSession | undefined): Promise<void> {
    if (session === undefined) throw new Error("the client has no session to end");
    await (await connect(this.connectString, { session })).close();
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

  /** Starts a guarded worker with short delays and frequent checks for stalled jobs. */
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
