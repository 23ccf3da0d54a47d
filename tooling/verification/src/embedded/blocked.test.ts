import { type ChildProcess, fork } from "node:child_process";
import { connect } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { PATIENT_SESSION } from "@conclave/vitest";
import { expect, it, onTestFinished } from "vitest";
import { Replicas } from "./replicas.ts";

/** Time for which the event loop is blocked: longer than any time limit of these servers, whose ticks take 200 ms. */
const BLOCK_MS = 3_000;

function startProcess(replicas: Replicas, thread: "main" | "worker"): ChildProcess {
  const options = JSON.stringify({ ...replicas.optionsOf(1), thread });
  const child = fork(new URL("./blocked-process.ts", import.meta.url), [options], { execArgv: [] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

function received(child: ChildProcess, type: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on("message", (message: { readonly type: string }) => {
      if (message.type === type) resolve();
    });
    child.once("exit", (code) => reject(new Error(`the process ended with ${code} before it was ${type}`)));
  });
}

it("a replica in a worker thread stays in the quorum while the event loop of its process is blocked", async () => {
  const replicas = await Replicas.prepare(3);
  const child = startProcess(replicas, "worker");
  const [second] = await Promise.all([replicas.startAll([2, 3]), received(child, "ready")]).then(([all]) => all);
  // Without replica 1 there is no quorum now.
  await replicas.stop(3);
  await using zk = await connect(second!.connectString.split(",")[0]!, PATIENT_SESSION);
  await zk.create("/before", "");
  const [blocking, unblocked] = [received(child, "blocking"), received(child, "unblocked")];
  child.send({ blockMs: BLOCK_MS });
  await blocking;
  let isBlocked = true;
  void unblocked.then(() => {
    isBlocked = false;
  });
  let writes = 0;
  for (; isBlocked; writes++) await zk.create(`/while-blocked-${writes}`, "");
  expect(writes).toBeGreaterThan(1);
  expect(second!.readiness.isReady).toBe(true);
});

it("a replica in the main thread leaves the ensemble while it is blocked, and the others go on", async () => {
  const replicas = await Replicas.prepare(3);
  const child = startProcess(replicas, "main");
  const [others] = await Promise.all([replicas.startAll([2, 3]), received(child, "ready")]);
  await using zk = await connect(others[0]!.connectString.split(",")[0]!, PATIENT_SESSION);
  const [blocking, unblocked] = [received(child, "blocking"), received(child, "unblocked")];
  child.send({ blockMs: BLOCK_MS });
  await blocking;
  await zk.create("/while-blocked", "");
  await unblocked;
  await eventually(async () => expect((await fetch(replicas.probeOf(1, "readyz"))).status).toBe(200));
});
