import { jsonCodec, type ValueAndStat, type ZooKeeper } from "@conclave/client";
import { AtomicValue, type Grant, type LockGrant, Mutex, type OnSuspended } from "@conclave/recipes";
import { type Logger, silentLogger } from "@conclave/runtime";
import { getTasks, type RunCoordinator, type ScheduledTask, type TaskContext } from "node-cron";

/** Options of {@link ConclaveRunCoordinator}. */
export interface RunCoordinatorOptions {
  /** An open client. The coordinator uses it and does not close it. */
  readonly client: ZooKeeper;
  /**
   * Name by which other processes see this one in the lock of a task.
   * @default ""
   */
  readonly id?: string | undefined;
  /**
   * Policy for a run when the connection is lost and the session may live on: see `GrantSettings` of the recipes.
   * @default "revoke"
   */
  readonly onSuspended?: OnSuspended | undefined;
  /**
   * Longest time for the decision on one tick, in milliseconds; then this process skips the tick. node-cron itself waits for
   * 5 seconds in background tasks.
   * @default 4000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * The `getTasks` of node-cron, to notice the crash of a background task. A CommonJS app has a node-cron of its own, and has to
   * pass `cron.getTasks`.
   * @default getTasks of the ES module
   */
  readonly tasks?: (() => ReadonlyMap<string, ScheduledTask>) | undefined;
  /** @default silentLogger */
  readonly logger?: Logger | undefined;
}

/** The lock of one task in this process, and the runs under it. */
interface Holding {
  readonly grant: LockGrant;
  runs: number;
}

/** A run that has not ended. */
interface Run {
  readonly holding: Holding;
  /** Removes the listeners of the run. */
  readonly unwatch: () => void;
}

/** Clocks that differ by more than this are not compared: a clock that is years ahead must not stop a task for years. */
const MAX_CLOCK_DIFFERENCE_MS = 3_600_000;

/**
 * The `RunCoordinator` of node-cron for tasks with `distributed: true`: of all processes that schedule a task of one name,
 * exactly one runs each tick.
 *
 * - The process that runs a tick holds the lock of its task until the run has ended, so runs of one task in two processes
 *   never overlap: a tick that is due meanwhile is skipped elsewhere. Within one process, node-cron's `noOverlap` decides.
 * - The time of the last tick that ran is kept on the ensemble. A process with a late clock does not run that tick again, as
 *   long as clocks differ by less than an hour.
 * - A tick runs at most once. If its process dies, or cannot reach the ensemble, the tick is lost, and the next one runs in
 *   another process: after a death during a run, as soon as the session has expired.
 */
export class ConclaveRunCoordinator implements RunCoordinator, AsyncDisposable {
  readonly #client: ZooKeeper;
  readonly #timeoutMs: number;
  readonly #tasks: () => ReadonlyMap<string, ScheduledTask>;
  readonly #logger: Logger;
  readonly #lock: Pick<RunCoordinatorOptions, "id" | "onSuspended" | "logger">;
  readonly #closing = new AbortController();
  /** By the name of the task. */
  readonly #holdings = new Map<string, Holding>();
  /** By node-cron's key, which consists of the task's name and the time of the tick. */
  readonly #runs = new Map<string, Run>();

  /** Sends no request. Throws a `TypeError` for invalid options. */
  constructor({
    client,
    id,
    onSuspended,
    timeoutMs = 4000,
    tasks = getTasks,
    logger = silentLogger,
  }: RunCoordinatorOptions) {
    if (typeof client?.getData !== "function") {
      throw new TypeError("ConclaveRunCoordinator needs the option client, as in { client: await connect(…) }");
    }
    if (!(timeoutMs > 0)) throw new TypeError(`timeoutMs must be more than 0 milliseconds, not ${String(timeoutMs)}`);
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    this.#tasks = tasks;
    this.#logger = logger;
    this.#lock = { id, onSuspended, logger };
    // An invalid policy fails here, and not at the first tick.
    new Mutex(client, { ...this.#lock, name: "node-cron" });
  }

  /**
   * Resolves with true in the one process that is to run the tick; called by node-cron. Rejects if the ensemble does not answer
   * in time, or if the lock is lost meanwhile: node-cron then skips the tick with the reason `coordinator-error`.
   */
  async shouldRun(key: string): Promise<boolean> {
    const { task, tick } = readKey(key);
    if (this.#closing.signal.aborted) return false;
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    try {
      return await this.#decide(key, task, tick, AbortSignal.any([timeout, this.#closing.signal]));
    } catch (error) {
      if (this.#closing.signal.aborted) return false;
      if (!timeout.aborted) throw error;
      throw new Error(`${key} is skipped here: the ensemble did not answer within ${this.#timeoutMs} ms`, {
        cause: error,
      });
    }
  }

  /** Releases the lock of the task unless another run needs it; called by node-cron. Never rejects. */
  async onComplete(key: string): Promise<void> {
    const run = this.#runs.get(key);
    if (run === undefined) return;
    this.#runs.delete(key);
    run.unwatch();
    await this.#leave(readKey(key).task, run.holding);
  }

  /**
   * Returns the grant of a run, for the context that node-cron passes to its task: a `signal` that aborts when another process
   * may run the task, and a `fencingToken` that is larger for each later process. Throws an `Error` for a run that no tick
   * started, such as `task.execute()`, and for one that has ended.
   */
  grantOf({ task, date }: Pick<TaskContext, "task" | "date">): Grant {
    const key = `${task?.name}:${date.toISOString()}`;
    const run = this.#runs.get(key);
    if (run !== undefined) return run.holding.grant;
    throw new Error(
      `${key} does not run under a grant of this coordinator: only ticks of a task with distributed: true do, until they end`,
    );
  }

  /**
   * Releases all locks at once, and lets no further tick run in this process. Signals of runs that have not ended abort: call
   * `cron.shutdown()` before, which waits for them. Never rejects; idempotent. Does not close the client.
   */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(Array.from(this.#runs.keys(), (key) => this.onComplete(key)));
  }

  /** Closes the coordinator: see {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #decide(key: string, task: string, tick: number, signal: AbortSignal): Promise<boolean> {
    const lastTick = new AtomicValue<number>(this.#client, { name: recipeName(task), codec: jsonCodec() });
    // Without the lock: a late process must not hold it while another one needs it for the next tick.
    if (hasRun(tick, await lastTick.get({ signal }))) return false;
    const holding = await this.#hold(task, signal);
    if (holding === undefined) return false;
    try {
      if (await this.#claim(lastTick, task, tick, signal)) {
        signal.throwIfAborted();
        holding.grant.signal.throwIfAborted();
        this.#runs.set(key, { holding, unwatch: this.#watch(key, task) });
        return true;
      }
    } catch (error) {
      await this.#leave(task, holding);
      throw error;
    }
    await this.#leave(task, holding);
    return false;
  }

  /** Acquires the lock of the task, or shares the one that this process holds; undefined while another process has it. */
  async #hold(task: string, signal: AbortSignal): Promise<Holding | undefined> {
    const held = this.#holdings.get(task);
    if (held?.grant.signal.aborted === false) {
      held.runs++;
      return held;
    }
    const mutex = new Mutex(this.#client, { ...this.#lock, name: recipeName(task) });
    const grant = await mutex.tryAcquire({ signal });
    if (grant === undefined) return undefined;
    const holding = { grant, runs: 1 };
    this.#holdings.set(task, holding);
    return holding;
  }

  async #leave(task: string, holding: Holding): Promise<void> {
    if (--holding.runs > 0) return;
    if (this.#holdings.get(task) === holding) this.#holdings.delete(task);
    await holding.grant.release();
  }

  /** Ends the run when the process of a background task crashes, which node-cron does not report by `onComplete`. */
  #watch(key: string, name: string): () => void {
    const tasks = Array.from(this.#tasks().values()).filter((task) => task.name === name);
    const end = (): Promise<void> => this.onComplete(key);
    for (const task of tasks) task.once("task:failed", end);
    return () => {
      for (const task of tasks) task.off("task:failed", end);
    };
  }

  /** Writes down that the tick runs. Resolves with false if it, or a later one, has run before. */
  async #claim(lastTick: AtomicValue<number>, task: string, tick: number, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const last = await lastTick.get({ signal });
      if (hasRun(tick, last)) return false;
      if (last !== undefined && last.data > tick) {
        this.#logger.warn(`the clocks of processes that run ${task} differ by more than an hour`);
      }
      if (await lastTick.compareAndSet(last, tick, { signal })) return true;
    }
  }
}

/** Returns true if the tick, or a later one by a clock that can be compared, is the last one that ran. */
function hasRun(tick: number, last: ValueAndStat<number> | undefined): boolean {
  return last !== undefined && last.data >= tick && last.data - tick <= MAX_CLOCK_DIFFERENCE_MS;
}

function recipeName(task: string): string {
  return `node-cron:${task}`;
}

/** Reads node-cron's key: the name of the task, a colon, and the time of the tick as written by `toISOString`. */
function readKey(key: string): { readonly task: string; readonly tick: number } {
  const [, task, time = ""] = /^(.+):(\d{4}-\d{2}-\d{2}T.+)$/s.exec(key) ?? [];
  const tick = Date.parse(time);
  if (task !== undefined && !Number.isNaN(tick)) return { task, tick };
  throw new Error(`${JSON.stringify(key)} is not a task and a tick: this version of node-cron is not supported`);
}
