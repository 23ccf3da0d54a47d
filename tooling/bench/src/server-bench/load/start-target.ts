/** A server for tests of jobs. */
import { connect } from "@conclave/client";
import { startServer } from "@conclave/server";
import { onTestFinished } from "vitest";
import type { JobTarget } from "./job.ts";
import { runJob } from "./run-job.ts";

/** Starts a server in this process, with the znode of the jobs and a client, until the test ends. */
export async function startTarget() {
  const server = await startServer({});
  const client = await connect(server.connectString);
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  const target: JobTarget = { port: server.port, pid: process.pid };
  await runJob({ kind: "prepare", ...target });
  return { client, target };
}
