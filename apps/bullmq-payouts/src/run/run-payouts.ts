import { onAbort } from "@conclave/runtime";
import type { PlannedFault } from "../faults/fault-plan.js";
import { Ledger } from "../ledger/ledger.js";
import { newPayouts, openPayoutQueue } from "../queue/payout-queue.js";
import { WorkerPool } from "../workers/worker-pool.js";
import type { WorkerProcess } from "../workers/worker-process.js";
import { awaitCondition } from "./await-condition.js";
import type { RunRedis } from "./services.js";
import type { RunRecord } from "./verdict.js";

/** Options of {@link runPayouts}. */
export interface RunOptions {
  readonly servers: string;
  readonly redis: RunRedis;
  /** Path of the ledger's SQLite file. */
  readonly ledger: string;
  readonly payouts: number;
  readonly accounts: number;
  readonly workers: number;
  readonly sessionTimeoutMs: number;
  readonly transferMs: number;
  /** Faults to inject, in order. */
  readonly plan: readonly PlannedFault[];
  readonly log: (line: string) => void;
  /** Aborts the run. */
  readonly signal: AbortSignal;
}

/** Number of jobs in the queue beyond the payout after which the next fault is injected. */
const JOBS_AHEAD = 40;

/**
 * Makes all payouts while the planned faults are injected. Resolves with the record of the run. Closes everything that it
 * opened; the ledger file remains.
 */
export async function runPayouts(options: RunOptions): Promise<RunRecord> {
  const { servers, redis, plan, signal, log, workers, sessionTimeoutMs, transferMs } = options;
  const due = newPayouts(options.payouts, options.accounts);
  await using stack = new AsyncDisposableStack();
  const ledger = stack.adopt(new Ledger(options.ledger), (opened) => opened.close());
  const { queue, add } = stack.use(openPayoutQueue(redis.url));
  const canCutOff = plan.some(({ fault }) => fault === "cutOff");
  const settings = { servers, redisUrl: redis.url, queue: queue.name, ledger: options.ledger };
  const pool = stack.use(
    await WorkerPool.start({ ...settings, workers, sessionTimeoutMs, transferMs, canCutOff, log }),
  );
  log(`${pool.workers.map(({ instance, pid }) => `${instance} (pid ${pid})`).join(", ")} pay out`);

  const until = (condition: string, isTrue: () => Promise<boolean> | boolean): Promise<void> =>
    awaitCondition(condition, isTrue, {
      signal,
      progress: () => ledger.count(),
      describe: async () => {
        const jobs = JSON.stringify(await queue.getJobCounts());
        return `paid: ${ledger.count()}, jobs: ${jobs}\n${pool.output}`;
      },
    });
  let added = 0;
  const addUpTo = async (count: number): Promise<void> => {
    const next = due.slice(added, count);
    await add(next);
    added += next.length;
  };
  const inject = async ({ fault, worker: index }: PlannedFault): Promise<void> => {
    if (fault === "restartRedis") {
      log("Redis is killed and started again");
      return redis.restart?.();
    }
    const { workers } = pool;
    if (fault === "cutOff") {
      log(`${workers[index]!.instance} is cut off from the ensemble until its session has expired`);
      return pool.cutOff(index);
    }
    let worker: WorkerProcess | undefined;
    await until("a worker with a payout in progress", async () => {
      await addUpTo(ledger.count() + JOBS_AHEAD);
      worker = firstPaying(workers, index, ledger);
      return worker !== undefined || ledger.count() === due.length;
    });
    if (worker === undefined) return log("fault skipped: all payouts were made before");
    const { instance } = worker;
    if (fault === "kill") return worker.end("SIGKILL");
    log(`${instance} is paused during a payout, until other workers have taken over its accounts`);
    worker.pause();
    await until("other workers to take over its accounts", () => !ledger.isPaying(instance)).finally(() =>
      worker?.resume(),
    );
  };

  const payAll = async (): Promise<RunRecord> => {
    for (const planned of plan) {
      await addUpTo(Math.max(planned.afterPaid, ledger.count()) + JOBS_AHEAD);
      await until(`payout ${planned.afterPaid}`, () => ledger.count() >= planned.afterPaid);
      await inject(planned);
    }
    await addUpTo(due.length);
    await until(
      "the completion of all jobs",
      async () => (await queue.getJobCounts("completed", "failed")).completed === due.length,
    );
    const jobs = await queue.getJobCounts();
    return { due, jobs, paid: ledger.payouts(), attempts: ledger.attempts(), rejections: ledger.rejections() };
  };
  // BullMQ waits without limit for a Redis that does not answer.
  return await Promise.race([payAll(), rejectedBy(signal)]);
}

/** Returns the planned worker, or the next one with a payout in progress; undefined if there is none. */
function firstPaying(workers: readonly WorkerProcess[], planned: number, ledger: Ledger): WorkerProcess | undefined {
  const inOrder = [...workers.slice(planned), ...workers.slice(0, planned)];
  return inOrder.find(({ instance }) => ledger.isPaying(instance));
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => void onAbort(signal, () => reject(signal.reason)));
}
