import { join } from "node:path";
import { Child } from "../child.ts";
import type { Job, JobResult } from "./load/job.ts";
import type { JobMessage, LoadReport } from "./load/load-process.ts";

/** A job is done by then or hangs. */
const LIMIT_MS = 120_000;

/** The process that loads servers. */
export class LoadGenerator {
  readonly #child = new Child<LoadReport>(join(import.meta.dirname, "load/load-process.ts"), { side: "client" });

  /** One job at a time. Rejects with what the process printed when it fails. */
  async run(job: Job): Promise<JobResult> {
    this.#child.send({ type: "job", job } satisfies JobMessage);
    return (await this.#child.next("done", LIMIT_MS)).result;
  }

  async close(): Promise<void> {
    await this.#child.stop();
  }
}
