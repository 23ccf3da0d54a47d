import { setTimeout as delay } from "node:timers/promises";
import { CreateMode, type ZooKeeper } from "@conclave/client";
import { type Random, randomInt } from "@conclave/runtime";
import { ExpectedState } from "./expected-state.ts";
import type { OperationTracker } from "./operation-tracker.ts";
import type { OpenWatch, WatchTracker } from "./watch-tracker.ts";

/** Objects that all operation loops of a soak share. */
export interface SoakContext {
  readonly zk: ZooKeeper;
  readonly random: Random;
  readonly operations: OperationTracker;
  readonly watches: WatchTracker;
  /** A signal that never aborts; operations must remove their listeners from it. */
  readonly lastingSignal: AbortSignal;
  violation(text: string): void;
}

export const SHARED_ZNODES = 24;
const MEAN_PAUSE_MS = 6;
const BURST = 25;
const EPHEMERALS = "/ephemerals";

/** Creates the znodes of all loops. */
export async function populate({ zk }: SoakContext, loops: number): Promise<void> {
  const shared = Array.from({ length: SHARED_ZNODES }, (_, index) => zk.create(`/shared-${index}`, "0"));
  const own = Array.from({ length: loops }, (_, index) => zk.create(`/own-${index}`, "0"));
  await Promise.all([...shared, ...own, zk.create(EPHEMERALS)]);
}

/** A random sequence of operations, one at a time, with checks of their results. */
export class OperationLoop {
  readonly #context: SoakContext;
  readonly #own: string;
  readonly #ephemeral: string;
  readonly #expected = new ExpectedState("0", 0);
  readonly #steps: readonly (readonly [weight: number, step: () => Promise<unknown>])[];
  #written = 0;
  #watch: OpenWatch | undefined;

  constructor(context: SoakContext, index: number) {
    this.#context = context;
    this.#own = `/own-${index}`;
    this.#ephemeral = `${EPHEMERALS}/of-${index}`;
    this.#steps = [
      [30, () => this.#writeOwn()],
      [20, () => this.#readOwn()],
      [15, () => this.#watchShared()],
      [12, () => this.#writeShared()],
      [8, () => this.#toggleEphemeral()],
      [5, () => this.#transact()],
      [5, () => this.#list()],
      [3, () => this.#burst()],
      [2, () => context.operations.follow("sync", () => context.zk.sync("/"))],
    ];
  }

  /** Runs one random step, and pauses. */
  async step(): Promise<void> {
    let left = randomInt(
      this.#context.random,
      this.#steps.reduce((sum, [weight]) => sum + weight, 0),
    );
    const chosen = this.#steps.find(([weight]) => {
      left -= weight;
      return left < 0;
    })!;
    await chosen[1]();
    await delay(randomInt(this.#context.random, 2 * MEAN_PAUSE_MS));
  }

  async #writeOwn(): Promise<void> {
    const { zk, operations, violation } = this.#context;
    const value = String(++this.#written);
    const expected = this.#expected.version;
    const ended = await this.#mayAbort((signal) =>
      operations.follow("setData", () => zk.setData(this.#own, value, { version: expected, signal })),
    );
    if (ended.ok) this.#check(this.#expected.done(value, expected, ended.value.version));
    else if (ended.outcome === "unknown") this.#expected.unknown(value, expected);
    else if (ended.code === "BAD_VERSION") {
      this.#check(this.#expected.refused(expected));
      await this.#readOwn();
    } else if (ended.outcome === "rejected" && ended.code !== "SESSION_EXPIRED") {
      violation(`a write to ${this.#own} was refused with ${ended.code}`);
    }
  }

  async #readOwn(): Promise<void> {
    const { zk, operations, lastingSignal } = this.#context;
    const ended = await operations.follow("getData", () => zk.getData(this.#own, { signal: lastingSignal }));
    if (ended.ok) this.#check(this.#expected.read(String(ended.value.data), ended.value.stat.version));
  }

  /** Leaves a watch, unless the last one of this loop is still open: this bounds the number of open watches. */
  async #watchShared(): Promise<void> {
    const { zk, operations, watches } = this.#context;
    if (this.#watch?.isOver() === false) return;
    const path = this.#shared();
    const watch = watches.open(path);
    this.#watch = watch;
    const ended = await operations.follow("getData", () => zk.getData(path, { watch: watch.listener }));
    if (!ended.ok) watch.rejected();
  }

  async #writeShared(): Promise<void> {
    const { zk, operations, random } = this.#context;
    const path = this.#shared();
    await operations.follow("setData", () => zk.setData(path, Buffer.alloc(randomInt(random, 400), "x")));
  }

  async #toggleEphemeral(): Promise<void> {
    const { zk, operations } = this.#context;
    const mode = CreateMode.EPHEMERAL;
    const made = await operations.follow("create", () => zk.create(this.#ephemeral, null, { mode }));
    if (!made.ok && made.code === "NODE_EXISTS") {
      await operations.follow("delete", () => zk.delete(this.#ephemeral));
    }
  }

  async #transact(): Promise<void> {
    const { zk, operations } = this.#context;
    const [one, other] = [this.#shared(), this.#shared()];
    await operations.follow("multi", () => zk.transaction().check(one).setData(one, "1").setData(other, "2").commit());
  }

  async #list(): Promise<void> {
    const { zk, operations, lastingSignal: signal } = this.#context;
    await operations.follow("getChildren", () => zk.getChildren(EPHEMERALS, { signal }));
    await operations.follow("exists", () => zk.exists(this.#ephemeral, { signal }));
  }

  async #burst(): Promise<void> {
    const { zk, operations, lastingSignal: signal } = this.#context;
    const reads = Array.from({ length: BURST }, () => this.#shared());
    await Promise.all(reads.map((path) => operations.follow("exists", () => zk.exists(path, { signal }))));
  }

  /** Runs an operation; one in ten is aborted soon after its start. */
  async #mayAbort<T>(begin: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { random, lastingSignal } = this.#context;
    if (randomInt(random, 10) > 0) return begin(lastingSignal);
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), randomInt(random, 5));
    try {
      return await begin(controller.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  #shared(): string {
    return `/shared-${randomInt(this.#context.random, SHARED_ZNODES)}`;
  }

  #check(contradiction: string | undefined): void {
    if (contradiction !== undefined) this.#context.violation(`${this.#own}: ${contradiction}`);
  }
}
