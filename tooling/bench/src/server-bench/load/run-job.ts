import { closeCrowd, openCrowd } from "./crowd.ts";
import type { ConnectionsJob, JobResult, PrepareJob } from "./job.ts";
import { ROOT, TARGET } from "./paths.ts";
import { createFrame } from "./request-frames.ts";
import { runOperations } from "./run-operations.ts";
import { runHold, runSessions } from "./run-sessions.ts";

/** Runs a job. Rejects with the first error, because figures up to an error are meaningless. */
export function runJob(job: ConnectionsJob): Promise<JobResult> {
  switch (job.kind) {
    case "prepare":
      return prepare(job);
    case "operations":
      return runOperations(job);
    case "sessions":
      return runSessions(job);
    case "hold":
      return runHold(job);
  }
}

async function prepare({ port }: PrepareJob): Promise<JobResult> {
  const crowd = await openCrowd([port], 1);
  for (const path of [ROOT, TARGET]) await crowd[0]!.ask(createFrame(path));
  await closeCrowd(crowd);
  return {};
}
