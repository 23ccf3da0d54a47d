/** A process with one worker that empties a queue, bare or guarded. */
import { setTimeout as delay } from "node:timers/promises";
import { type GuardedWorkerOptions, guardedWorker } from "@conclave/bullmq";
import { connect, type ZooKeeper } from "@conclave/client";
import { Queue, Worker } from "bullmq";
import { childInput, report } from "../processes/child.ts";
import { CONCURRENCY, FEW_KEYS, type QueueCell } from "./plan.ts";

export interface QueueInput {
  readonly cell: QueueCell;
  readonly jobs: number;
  readonly redisPort: number;
  readonly connectString: string;
}

export interface QueueResult {
  readonly type: "emptied";
  readonly jobsPerSecond: number;
}

interface Work {
  readonly index: number;
}

/** Enough for the compiler to optimize the code. */
const WARM_UP_JOBS = 200;
const DELAY_MS = 50;

const { cell, jobs, redisPort, connectString } = childInput<QueueInput>();
const connection = { host: "127.0.0.1", port: redisPort };
const name = `bench-${process.pid}`;
const settings = { connection, concurrency: CONCURRENCY };
const zk = cell.guard === "bare" ? undefined : await connect(connectString);
const worker = zk === undefined ? new Worker<Work>(name, work, settings) : await guarded(zk);
const queue = new Queue<Work>(name, { connection, defaultJobOptions: { removeOnComplete: true } });
await empty(WARM_UP_JOBS);
const tookMs = await empty(jobs);
await report<QueueResult>({ type: "emptied", jobsPerSecond: jobs / (tookMs / 1000) });
await worker.close();
await zk?.close();
await queue.close();
process.exit(0);

async function work(): Promise<void> {
  if (cell.workMs > 0) await delay(cell.workMs);
}

function guarded(client: ZooKeeper): Promise<Worker<Work>> {
  const isContended = cell.guard !== "own key";
  const options: GuardedWorkerOptions<Work> = {
    ...settings,
    client,
    key: ({ data }) => `account-${isContended ? data.index % FEW_KEYS : data.index}`,
    whenBusy: cell.guard === "few keys, wait" ? "wait" : "delay",
    delayMs: DELAY_MS,
  };
  return guardedWorker<Work>(name, (_job, _grant) => work(), options) as Promise<Worker<Work>>;
}

/** Adds jobs to the paused queue, and resumes it. Resolves with the milliseconds until the last job has ended. */
async function empty(count: number): Promise<number> {
  await queue.pause();
  await queue.addBulk(Array.from({ length: count }, (_, index) => ({ name: "job", data: { index } })));
  const done = completions(count);
  const startedAt = performance.now();
  await queue.resume();
  await done;
  return performance.now() - startedAt;
}

/** Resolves when the worker has completed `count` jobs; rejects with the first error of a job. */
function completions(count: number): Promise<void> {
  let left = count;
  return new Promise((resolve, reject) => {
    const onFailed = (_job: unknown, error: Error): void => reject(error);
    const onCompleted = (): void => {
      if (--left > 0) return;
      worker.off("completed", onCompleted).off("failed", onFailed);
      resolve();
    };
    worker.on("completed", onCompleted).on("failed", onFailed);
  });
}
