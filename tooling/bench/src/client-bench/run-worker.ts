import { join } from "node:path";
import { Child } from "../processes/child.ts";
import type { Measured } from "./measure.ts";
import type { Cell } from "./plan.ts";
import type { WorkerInput, WorkerReport } from "./worker.ts";

/** Bound of a worker with its warm-up; only a hang reaches it. */
const LIMIT_MS = 60_000;

export interface CellResult {
  readonly cell: Cell;
  readonly measured: Measured;
}

/** Measures one client in a process of its own, which `node` runs. Rejects with the output of the process if it fails. */
export async function runWorker(input: WorkerInput, node: string): Promise<readonly CellResult[]> {
  const child = new Child<WorkerReport>(join(import.meta.dirname, "worker.ts"), { input, node, side: "client" });
  const results: CellResult[] = [];
  child.onReport((report) => {
    if (report.type === "measured") results.push(report);
  });
  try {
    await child.next("done", LIMIT_MS);
    return results;
  } finally {
    await child.stop();
  }
}
