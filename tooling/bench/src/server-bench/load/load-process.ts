/** The Node.js process that generates load: one for a whole run, so that its code is equally optimized for all servers. */
import { report } from "../../processes/child.ts";
import type { ConnectionsJob, JobResult } from "./job.ts";
import { runJob } from "./run-job.ts";

/** Message to the process. */
export interface JobMessage {
  readonly type: "job";
  readonly job: ConnectionsJob;
}

export interface LoadReport {
  readonly type: "done";
  readonly result: JobResult;
}

process.on("message", ({ job }: JobMessage) => {
  runJob(job).then((result) => report<LoadReport>({ type: "done", result }), fail);
});
process.once("disconnect", () => process.exit(0));

function fail(cause: unknown): void {
  console.error(cause);
  process.exit(1);
}
