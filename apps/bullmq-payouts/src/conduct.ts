import { awaitThat } from "./await-that.js";
import type { PlannedFault } from "./chaos-plan.js";
import type { Facts } from "./facts.js";
import { Fleet } from "./fleet.js";
import { Ledger } from "./ledger.js";
import { payoutsOf } from "./payout.js";
import { openPayoutQueue } from "./payout-queue.js";
import type { WorkerProcess } from "./worker-process.js";

/** The Redis of a run. */
export interface RunRedis {
  readonly url: string;
  /** Only where the run started it itself. */
  readonly restart?: (() => Promise<void>) | undefined;
}

/** How a run is conducted. */
export interface ConductOptions {
  readonly servers: string;
  readonly redis: RunRedis;
  /** The SQLite file of the ledger. */
  readonly ledger: string;
  readonly payouts: number;
  readonly accounts: number;
  readonly workers: number;
  readonly sessionTimeoutMs: number;
  readonly transferMs: number;
  /** What is to go wrong, in order. */
  readonly plan: readonly PlannedFault[];
  readonly tell: (line: string) => void;
  /** Aborts when the run is to end early. */
  readonly signal: AbortSignal;
}

/** How many payouts are in the queue beyond the one after which the next fault strikes. */
const AHEAD = 40;

/** Pays everything out while everything goes wrong that is planned. Ends what it started; leaves the ledger. */
export async function conduct(options: ConductOptions): Promise<Facts> {
  const { servers, redis, plan, signal, tell, workers, sessionTimeoutMs, transferMs } = options;
  const due = payoutsOf(options.payouts, options.accounts);
  await using stack = new AsyncDisposableStack();
  const ledger = stack.adopt(new Ledger(options.ledger), (opened) => opened.close());
  const { queue, add } = stack.use(openPayoutQueue(redis.url));
  const canCutOff = plan.some(({ fault }) => fault === "cutOff");
  const settings = { servers, redisUrl: redis.url, queue: queue.name, ledger: options.ledger };
  const fleet = stack.use(await Fleet.start({ ...settings, workers, sessionTimeoutMs, transferMs, canCutOff, tell }));
  tell(`${fleet.workers.map(({ instance, pid }) => `${instance} (pid ${pid})`).join(", ")} pay out`);

  const until = (what: string, isSo: () => Promise<boolean> | boolean): Promise<void> =>
    awaitThat(what, isSo, {
      signal,
      progress: () => ledger.count(),
      describe: async () => {
        const jobs = JSON.stringify(await queue.getJobCounts());
        return `paid: ${ledger.count()}, jobs: ${jobs}\n${fleet.output}`;
      },
    });
  let added = 0;
  const addUpTo = async (count: number): Promise<void> => {
    const next = due.slice(added, count);
    await add(next);
    added += next.length;
  };
  const strike = async ({ fault, worker: index }: PlannedFault): Promise<void> => {
    if (fault === "restartRedis") {
      tell("Redis is killed, and started again");
      return redis.restart?.();
    }
    const { workers } = fleet;
    if (fault === "cutOff") {
      tell(`${workers[index]!.instance} loses its way to the ensemble until its session is over`);
      return fleet.cutOff(index);
    }
    let worker: WorkerProcess | undefined;
    await until("a worker in the middle of a payout", async () => {
      await addUpTo(ledger.count() + AHEAD);
      worker = firstInside(workers, index, ledger);
      return worker !== undefined || ledger.count() === due.length;
    });
    if (worker === undefined) return tell("all is paid before a worker could be struck");
    const { instance } = worker;
    if (fault === "kill") return worker.end("SIGKILL");
    tell(`${instance} is paused in the middle of a payout, until others have taken all that it had in hand`);
    worker.pause();
    await until("another worker in its place", () => !ledger.isInside(instance)).finally(() => worker?.resume());
  };

  const payAll = async (): Promise<Facts> => {
    for (const planned of plan) {
      await addUpTo(Math.max(planned.afterPaid, ledger.count()) + AHEAD);
      await until(`payout ${planned.afterPaid}`, () => ledger.count() >= planned.afterPaid);
      await strike(planned);
    }
    await addUpTo(due.length);
    await until("the end", async () => (await queue.getJobCounts("completed", "failed")).completed === due.length);
    const jobs = await queue.getJobCounts();
    return { due, jobs, paid: ledger.payouts(), visits: ledger.visits(), refusals: ledger.refusals() };
  };
  // BullMQ waits for a Redis that is gone, whatever a signal says.
  return await Promise.race([payAll(), rejectedBy(signal)]);
}

/** The worker that is planned, or, where it has nothing in hand, the next one that has. */
function firstInside(workers: readonly WorkerProcess[], planned: number, ledger: Ledger): WorkerProcess | undefined {
  const inOrder = [...workers.slice(planned), ...workers.slice(0, planned)];
  return inOrder.find(({ instance }) => ledger.isInside(instance));
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
