/** The Node.js process that loads servers: one for a whole run, so that it is as warm for one server as for the other. */
import { report } from "../../child.ts";
import type { ConnectionsJob, JobResult } from "./job.ts";
import { runJob } from "./run-job.ts";

/** What it is sent. */
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
