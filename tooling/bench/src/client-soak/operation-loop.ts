import { setTimeout as delay } from "node:timers/promises";
import { CreateMode, type ZooKeeper } from "@conclave/client";
import { type Random, randomInt } from "@conclave/runtime";
import { Ledger } from "./ledger.ts";
import type { OperationBook } from "./operation-book.ts";
import type { OpenWatch, WatchBook } from "./watch-book.ts";

/** What all lanes of a soak use. */
export interface Stage {
  readonly zk: ZooKeeper;
  readonly random: Random;
  readonly operations: OperationBook;
  readonly watches: WatchBook;
  /** A signal that never aborts, and to which no operation may leave a listener. */
  readonly lastingSignal: AbortSignal;
  violation(text: string): void;
}

export const SHARED_ZNODES = 24;
const MEAN_PAUSE_MS = 6;
const BURST = 25;
const EPHEMERALS = "/ephemerals";

/** The znodes that lanes work on, made before they start. */
export async function populate({ zk }: Stage, lanes: number): Promise<void> {
  const shared = Array.from({ length: SHARED_ZNODES }, (_, index) => zk.create(`/shared-${index}`, "0"));
  const own = Array.from({ length: lanes }, (_, index) => zk.create(`/own-${index}`, "0"));
  await Promise.all([...shared, ...own, zk.create(EPHEMERALS)]);
}

/** One line of operations after another, by chance, with what must hold of their results. */
export class Lane {
  readonly #stage: Stage;
  readonly #own: string;
  readonly #ephemeral: string;
  readonly #ledger = new Ledger("0", 0);
  readonly #steps: readonly (readonly [weight: number, step: () => Promise<unknown>])[];
  #written = 0;
  #watch: OpenWatch | undefined;

  constructor(stage: Stage, index: number) {
    this.#stage = stage;
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
      [2, () => stage.operations.follow("sync", () => stage.zk.sync("/"))],
    ];
  }

  /** One step, and a pause. */
  async step(): Promise<void> {
    let left = randomInt(
      this.#stage.random,
      this.#steps.reduce((sum, [weight]) => sum + weight, 0),
    );
    const chosen = this.#steps.find(([weight]) => {
      left -= weight;
      return left < 0;
    })!;
    await chosen[1]();
    await delay(randomInt(this.#stage.random, 2 * MEAN_PAUSE_MS));
  }

  async #writeOwn(): Promise<void> {
    const { zk, operations, violation } = this.#stage;
    const value = String(++this.#written);
    const expected = this.#ledger.version;
    const ended = await this.#mayAbort((signal) =>
      operations.follow("setData", () => zk.setData(this.#own, value, { version: expected, signal })),
    );
    if (ended.ok) this.#check(this.#ledger.done(value, expected, ended.value.version));
    else if (ended.outcome === "unknown") this.#ledger.unknown(value, expected);
    else if (ended.code === "BAD_VERSION") {
      this.#check(this.#ledger.refused(expected));
      await this.#readOwn();
    } else if (ended.outcome === "rejected" && ended.code !== "SESSION_EXPIRED") {
      violation(`a write to ${this.#own} was refused with ${ended.code}`);
    }
  }

  async #readOwn(): Promise<void> {
    const { zk, operations, lastingSignal } = this.#stage;
    const ended = await operations.follow("getData", () => zk.getData(this.#own, { signal: lastingSignal }));
    if (ended.ok) this.#check(this.#ledger.read(String(ended.value.data), ended.value.stat.version));
  }

  /** At most one watch of each lane stands, so that those standing are few however long it runs. */
  async #watchShared(): Promise<void> {
    const { zk, operations, watches } = this.#stage;
    if (this.#watch?.isOver() === false) return;
    const path = this.#shared();
    const watch = watches.open(path);
    this.#watch = watch;
    const ended = await operations.follow("getData", () => zk.getData(path, { watch: watch.listener }));
    if (!ended.ok) watch.rejected();
  }

  async #writeShared(): Promise<void> {
    const { zk, operations, random } = this.#stage;
    const path = this.#shared();
    await operations.follow("setData", () => zk.setData(path, Buffer.alloc(randomInt(random, 400), "x")));
  }

  async #toggleEphemeral(): Promise<void> {
    const { zk, operations } = this.#stage;
    const mode = CreateMode.EPHEMERAL;
    const made = await operations.follow("create", () => zk.create(this.#ephemeral, null, { mode }));
    if (!made.ok && made.code === "NODE_EXISTS") {
      await operations.follow("delete", () => zk.delete(this.#ephemeral));
    }
  }

  async #transact(): Promise<void> {
    const { zk, operations } = this.#stage;
    const [one, other] = [this.#shared(), this.#shared()];
    await operations.follow("multi", () => zk.transaction().check(one).setData(one, "1").setData(other, "2").commit());
  }

  async #list(): Promise<void> {
    const { zk, operations, lastingSignal: signal } = this.#stage;
    await operations.follow("getChildren", () => zk.getChildren(EPHEMERALS, { signal }));
    await operations.follow("exists", () => zk.exists(this.#ephemeral, { signal }));
  }

  async #burst(): Promise<void> {
    const { zk, operations, lastingSignal: signal } = this.#stage;
    const reads = Array.from({ length: BURST }, () => this.#shared());
    await Promise.all(reads.map((path) => operations.follow("exists", () => zk.exists(path, { signal }))));
  }

  /** Now and then gives an operation up soon after it was begun. */
  async #mayAbort<T>(begin: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { random, lastingSignal } = this.#stage;
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
    return `/shared-${randomInt(this.#stage.random, SHARED_ZNODES)}`;
  }

  #check(contradiction: string | undefined): void {
    if (contradiction !== undefined) this.#stage.violation(`${this.#own}: ${contradiction}`);
  }
}
