import type { Random } from "@conclave/runtime";
import type { Scheduler } from "../time/scheduler.ts";

/** Names of hosts: machines `m1`, `m2`, …, and clients `c1`, `c2`, …. */
export type Host = string;

/** The ways between hosts: how long bytes take, and which ways are blocked. */
export class Links {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #blocked = new Map<string, number>();
  readonly #latencies = new Map<string, number>();
  readonly #meanMs: number;
  #whenOpened: (() => void)[] = [];
  /** Bytes take so many times longer. */
  slowness = 1;

  constructor(scheduler: Scheduler, random: Random, meanMs: number) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#meanMs = meanMs;
  }

  isBlocked(from: Host, to: Host): boolean {
    return (this.#blocked.get(`${from}>${to}`) ?? 0) > 0;
  }

  /** Blocks one direction. Several partitions may block it; each has to open it again. */
  block(from: Host, to: Host): void {
    const key = `${from}>${to}`;
    this.#blocked.set(key, (this.#blocked.get(key) ?? 0) + 1);
  }

  open(from: Host, to: Host): void {
    const key = `${from}>${to}`;
    this.#blocked.set(key, Math.max((this.#blocked.get(key) ?? 0) - 1, 0));
    this.retry();
  }

  /** Opens all directions. */
  openAll(): void {
    this.#blocked.clear();
    this.slowness = 1;
    this.retry();
  }

  /** Sends again what could not be delivered: a way was opened, or a machine has power again. */
  retry(): void {
    const waiting = this.#whenOpened;
    this.#whenOpened = [];
    for (const each of waiting) this.#scheduler.after(1 + this.#random.float() * 20, undefined, each);
  }

  /** Calls back at the next {@link retry}, as TCP does after a time. */
  whenRetried(task: () => void): void {
    this.#whenOpened.push(task);
  }

  /** Returns the time in milliseconds that bytes take now. */
  latency(from: Host, to: Host): number {
    const random = this.#random;
    const key = `${from}>${to}`;
    let base = this.#latencies.get(key);
    if (base === undefined) {
      base = this.#meanMs * (0.5 + random.float());
      this.#latencies.set(key, base);
    }
    const isLate = random.float() < 0.01;
    return base * (0.5 + random.float()) * (isLate ? 30 : 1) * this.slowness;
  }
}
