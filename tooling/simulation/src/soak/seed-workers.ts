import { Worker } from "node:worker_threads";
import type { SimulationResult } from "../run/simulate.ts";

/** Seed for a worker, and the number of its faults if it is not the usual one. */
export interface SeedQuestion {
  readonly seed: number;
  readonly faults: number | undefined;
}

export type SeedAnswer = { readonly result: SimulationResult } | { readonly violation: string };

export interface SeedWorkersOptions {
  /** Number of threads. */
  readonly threads: number;
  /** Returns the next seed; `undefined` at the end. */
  readonly next: () => SeedQuestion | undefined;
  readonly onResult: (result: SimulationResult) => void;
}

/**
 * Runs seeds in several threads. Resolves when there is no further seed and all have ended; rejects with the text of the first
 * violation, or with the error of a thread.
 */
export async function runSeeds({ threads, next, onResult }: SeedWorkersOptions): Promise<void> {
  const workers = Array.from({ length: threads }, () => new Worker(new URL("./seed-worker.ts", import.meta.url)));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (let question = next(); question !== undefined; question = next()) {
          const answer = await ask(worker, question);
          if ("violation" in answer) throw new Error(answer.violation);
          onResult(answer.result);
        }
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function ask(worker: Worker, question: SeedQuestion): Promise<SeedAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (): void => void worker.off("message", onMessage).off("error", onError);
    const onMessage = (answer: SeedAnswer): void => {
      settle();
      resolve(answer);
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    worker.on("message", onMessage).on("error", onError);
    worker.postMessage(question);
  });
}
