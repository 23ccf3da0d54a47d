import { join } from "node:path";
import { Child } from "../child.ts";
import type { Measured } from "./measure.ts";
import type { Cell } from "./plan.ts";
import type { WorkerInput, WorkerReport } from "./worker.ts";

/** A whole worker, its warm-up included, is done by then or hangs. */
const LIMIT_MS = 60_000;

export interface CellResult {
  readonly cell: Cell;
  readonly measured: Measured;
}

/** Measures one client in a process of its own, run by `node`. Rejects with what it printed when it fails. */
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
