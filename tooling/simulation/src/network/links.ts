import type { Random } from "@conclave/runtime";
import type { Scheduler } from "../time/scheduler.ts";

/** Names of hosts: machines `m1`, `m2`, …, and clients `c1`, `c2`, …. */
export type Host = string;

/** One direction between two hosts. */
export interface Link {
  readonly from: Host;
  readonly to: Host;
  /** Mean time of bytes in milliseconds. */
  readonly meanMs: number;
  /** Number of partitions that block it. */
  blocks: number;
}

/** The ways between hosts: how long bytes take, and which ways are blocked. */
export class Links {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #links = new Map<string, Link>();
  readonly #meanMs: number;
  #whenOpened: (() => void)[] = [];
  /** Bytes take so many times longer. */
  slowness = 1;

  constructor(scheduler: Scheduler, random: Random, meanMs: number) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#meanMs = meanMs;
  }

  of(from: Host, to: Host): Link {
    const key = `${from}>${to}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = { from, to, meanMs: this.#meanMs * (0.5 + this.#random.float()), blocks: 0 };
      this.#links.set(key, link);
    }
    return link;
  }

  /** Blocks one direction. Several partitions may block it; each has to open it again. */
  block(from: Host, to: Host): void {
    this.of(from, to).blocks++;
  }

  open(from: Host, to: Host): void {
    const link = this.of(from, to);
    link.blocks = Math.max(link.blocks - 1, 0);
    this.retry();
  }

  /** Opens all directions. */
  openAll(): void {
    for (const link of this.#links.values()) link.blocks = 0;
    this.slowness = 1;
    this.retry();
  }

  /** Sends waiting bytes again: a way was opened, or a machine has power again. */
  retry(): void {
    const waiting = this.#whenOpened;
    this.#whenOpened = [];
    for (const each of waiting) this.#scheduler.after(1 + this.#random.float() * 20, undefined, each);
  }

  /** Calls back at the next {@link retry}, as TCP does after a time. */
  whenRetried(task: () => void): void {
    this.#whenOpened.push(task);
  }

  /** Returns the time in milliseconds that bytes take now. Some take much longer. */
  latency({ meanMs }: Link): number {
    const share = this.#random.float();
    return meanMs * (share < 0.01 ? 30 : 0.5 + share) * this.slowness;
  }
}
