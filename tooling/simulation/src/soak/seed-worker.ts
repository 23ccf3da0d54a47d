/** Runs in a worker thread: takes one seed after the other, and answers each with its result or its violation. */
import { parentPort } from "node:worker_threads";
import { runSeed } from "../run/run-seeds.ts";
import type { SeedAnswer, SeedQuestion } from "./seed-workers.ts";

parentPort?.on("message", (question: SeedQuestion) => {
  runSeed(question).then(
    (result) => answer({ result }),
    (error: unknown) => answer({ violation: error instanceof Error ? error.message : String(error) }),
  );
});

function answer(message: SeedAnswer): void {
  parentPort?.postMessage(message);
}
