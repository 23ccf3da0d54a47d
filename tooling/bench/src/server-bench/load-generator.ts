import { join } from "node:path";
import type { Java } from "@conclave/services";
import { Child } from "../processes/child.ts";
import { MessageProcess } from "../processes/message-process.ts";
import type { Job, JobResult } from "./load/job.ts";
import type { JobMessage, LoadReport } from "./load/load-process.ts";
import { runFanOut, watchersCommand } from "./load/run-fan-out.ts";

/** Bound of a job; only a hang reaches it. */
const LIMIT_MS = 120_000;

/** The processes that generate load. */
export class LoadGenerator implements AsyncDisposable {
  readonly #child = new Child<LoadReport>(join(import.meta.dirname, "load/load-process.ts"), { side: "client" });
  readonly #watchers: MessageProcess | undefined;

  private constructor(watchers: MessageProcess | undefined) {
    this.#watchers = watchers;
  }

  /** Starts the processes. `java` must have a compiler; without it there is no fan-out. */
  static async start(java: Java | undefined): Promise<LoadGenerator> {
    return new LoadGenerator(java && (await MessageProcess.start(watchersCommand(java))));
  }

  /** Runs one job at a time. Rejects with the output of the process if it fails. */
  async run(job: Job): Promise<JobResult> {
    if (job.kind === "fan-out") return runFanOut(job, this.#watchers!);
    this.#child.send({ type: "job", job } satisfies JobMessage);
    return (await this.#child.next("done", LIMIT_MS)).result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#child.stop(), this.#watchers?.[Symbol.asyncDispose]()]);
  }
}
