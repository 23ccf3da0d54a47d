import type { OperationOptions, ZooKeeper } from "@conclave/client";
import { type AcquireOptions, AcquireTimeoutError, type Grant, type GrantLostError } from "@conclave/recipes";
import { type Clock, type Meter, type MetricLabels, onAbort, systemClock, type Timer } from "@conclave/runtime";
import { HttpException } from "@nestjs/common";
import { type Held, heldAround, runUnder, stopAfterCallers } from "./current-grant.js";
import type { ResolvedExclusiveOptions } from "./exclusive-options.js";

/** Recipe that grants a lock or a permit. */
export interface Obtainable {
  acquire(options: AcquireOptions): Promise<Grant>;
  tryAcquire(options: OperationOptions): Promise<Grant | undefined>;
}

/** Call that runs under a lock or a permit. */
export interface ExclusiveCall extends Pick<ResolvedExclusiveOptions, "otherwise" | "timeoutMs" | "atLeastForMs"> {
  /** Name of the lock or semaphore in messages: `the lock "a"`. */
  readonly what: string;
  /** Reason of a refusal, as it follows {@link what} in messages: `is not free`. */
  readonly busy: string;
  readonly kind: string;
  readonly names: readonly string[];
  /** Kinds of grants that a nested call shares, if its caller holds the same name. */
  readonly coveredBy: readonly string[];
  /** Kinds of grants that would deadlock a nested call, if its caller holds the same name: a writer in a reader. */
  readonly deadlocksUnder: readonly string[];
  /** Class and method, as in `Accounts.pay`. */
  readonly method: string;
  readonly recipe: () => Obtainable;
  readonly task: (grant: Grant) => unknown;
}

/** Reasons for which nothing is granted, as they follow the name of a lock or semaphore in a message. */
const UNAVAILABLE = {
  disconnected: "is unavailable: not connected to the ensemble",
  ending: "is unavailable: the app is shutting down",
} as const;

/** Runs exclusive calls on one connection, and keeps track of them until they have ended. */
export class ExclusiveCalls {
  readonly #client: ZooKeeper;
  readonly #meter: Meter;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  readonly #kept = new Map<Grant, Timer>();

  constructor(client: ZooKeeper, meter: Meter, clock: Clock = systemClock) {
    this.#client = client;
    this.#meter = meter;
    this.#clock = clock;
  }

  /**
   * Acquires, runs the task and releases. Resolves and rejects as the task does; rejects with a {@link BusyError} if nothing
   * was granted. If the caller holds the same names, the call shares that grant, which is kept until the call has ended.
   */
  run(call: ExclusiveCall): Promise<unknown> {
    const held = this.#heldBy(call);
    if (held === undefined) return whileIn(this.#running, this.#runAlone(call));
    return whileIn(held.holding.within, runIn(held, call));
  }

  /**
   * Grants nothing from now on, except to calls of methods that still run; waiting calls give up. Resolves when all calls
   * have ended and their grants are released.
   */
  async drain(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#kept.keys()].map((grant) => this.#giveBack(grant)));
    while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
    await Promise.all([...this.#kept.keys()].map((grant) => this.#giveBack(grant)));
  }

  #heldBy({ what, names, coveredBy, deadlocksUnder }: ExclusiveCall): Held | undefined {
    const around = names.map((name) => heldAround(this.#client, coveredBy, name));
    if (around.every((held) => held !== undefined)) return around[0];
    if (around.some((held) => held !== undefined)) {
      throw new Error(
        `${what} would wait for its own caller, which holds a part of it: acquire all of it in the caller`,
      );
    }
    if (!names.some((name) => heldAround(this.#client, deadlocksUnder, name))) return undefined;
    throw new Error(
      `${what} would wait for its own caller, which holds the read lock: acquire it in the caller instead`,
    );
  }

  /** Never runs the method under a lost grant: one that is lost before the method begins, as in a pause of the process, is acquired again. */
  async #runAlone(call: ExclusiveCall): Promise<unknown> {
    const { what, names, method, otherwise, timeoutMs = Number.POSITIVE_INFINITY } = call;
    const labels = { kind: call.kind, method };
    const deadline = this.#clock.now() + timeoutMs;
    for (;;) {
      const requestedAt = this.#clock.now();
      const obtained = await this.#obtain(call, Math.max(0, deadline - requestedAt));
      this.#meter.observe("nestjs_wait_ms", this.#clock.now() - requestedAt, labels);
      if (typeof obtained === "string") {
        this.#meter.count("nestjs_calls", 1, { ...labels, outcome: "busy" });
        if (otherwise === "skip") return undefined;
        throw new BusyError(what, names, obtained);
      }
      if (!obtained.signal.aborted) {
        this.#meter.count("nestjs_calls", 1, { ...labels, outcome: "ran" });
        return this.#runUnder(obtained, call, labels);
      }
      await obtained.release();
    }
  }

  async #runUnder(grant: Grant, call: ExclusiveCall, labels: MetricLabels): Promise<unknown> {
    const granted = this.#clock.now();
    const holding = { client: this.#client, kind: call.kind, names: call.names, within: new Set<Promise<unknown>>() };
    try {
      return await runIn({ grant, holding }, call);
    } finally {
      while (holding.within.size > 0) await Promise.allSettled([...holding.within]);
      const heldMs = this.#clock.now() - granted;
      this.#meter.observe("nestjs_held_ms", heldMs, labels);
      if (grant.signal.aborted) {
        const { code } = grant.signal.reason as GrantLostError;
        // A method may release its grant early.
        if (code !== "RELEASED") this.#meter.count("nestjs_grants_lost", 1, { ...labels, code });
      }
      await this.#end(grant, call.atLeastForMs - heldMs);
    }
  }

  /** Returns the grant, or the reason for which there is none. */
  async #obtain({ recipe, otherwise, timeoutMs, busy }: ExclusiveCall, remainingMs: number): Promise<Grant | string> {
    // A shutdown waits for methods that run, and lets them acquire further grants until they end. It waits for nothing else.
    using stop = stopAfterCallers(this.#stop.signal);
    const { signal } = stop;
    if (signal.aborted) return UNAVAILABLE.ending;
    const canWait = otherwise === "wait" || timeoutMs !== undefined;
    try {
      if (canWait)
        return await recipe().acquire({ signal, timeoutMs: Number.isFinite(remainingMs) ? remainingMs : undefined });
      // A call that does not wait does not wait for a connection either.
      return this.#isDisconnected ? UNAVAILABLE.disconnected : ((await recipe().tryAcquire({ signal })) ?? busy);
    } catch (error) {
      if (error instanceof AcquireTimeoutError) {
        return this.#isDisconnected ? UNAVAILABLE.disconnected : `${busy} after ${timeoutMs} ms`;
      }
      if (signal.aborted) return UNAVAILABLE.ending;
      throw error;
    }
  }

  get #isDisconnected(): boolean {
    return this.#client.state !== "connected";
  }

  async #end(grant: Grant, remainingMs: number): Promise<void> {
    const isKept = remainingMs > 0 && !grant.signal.aborted && !this.#stop.signal.aborted;
    if (!isKept) return grant.release();
    const giveBack = (): void => void this.#giveBack(grant);
    this.#kept.set(grant, this.#clock.setTimer(remainingMs, giveBack));
    onAbort(grant.signal, giveBack);
  }

  async #giveBack(grant: Grant): Promise<void> {
    this.#kept.get(grant)?.cancel();
    this.#kept.delete(grant);
    await grant.release();
  }
}

async function runIn({ grant, holding }: Held, { task }: ExclusiveCall): Promise<unknown> {
  return runUnder(grant, () => task(grant), holding);
}

/** Keeps a promise in a set while it is pending. Settles as the promise does. */
async function whileIn<T>(set: Set<Promise<unknown>>, promise: Promise<T>): Promise<T> {
  set.add(promise);
  try {
    return await promise;
  } finally {
    set.delete(promise);
  }
}

const LOCKED = 423;

/**
 * An exclusive method did not run: the lock or permit was not free, at once or within `timeoutMs`, or the ensemble cannot be
 * asked. It answers 423 on an HTTP route.
 */
export class BusyError extends HttpException {
  /** Names of the locks, or of the semaphore. */
  readonly names: readonly string[];

  /** The message is `what`, a lock or semaphore in words, followed by `why`. */
  constructor(what: string, names: readonly string[], why: string) {
    super(`${what} ${why}`, LOCKED);
    this.names = names;
  }
}
