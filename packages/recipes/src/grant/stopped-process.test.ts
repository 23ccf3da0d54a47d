/* A real process, stopped by SIGSTOP for longer than its session: the first of its callbacks after SIGCONT lets nobody in. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../package-tests/test-context.js";

/** Runs the packages as built. Reports its znodes once it holds both, and what its first callback after a pause sees. */
const HOLDER = `
import { connect } from "@conclave/client";
import { LeaderElection, Mutex } from "@conclave/recipes";
const [, servers, path, onSuspended] = process.argv;
const zk = await connect(servers, { sessionTimeoutMs: 1500 });
const election = new LeaderElection(zk, { path: path + "/election", onSuspended });
const leadership = await election.campaign();
const lock = await new Mutex(zk, { path: path + "/lock", onSuspended }).acquire();
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  const wasStopped = now - last > 1500;
  last = now;
  if (!wasStopped) return;
  const letIn = [election.current !== undefined, election.ifLeader(() => true, () => false), !lock.signal.aborted];
  process.send({ letIn, reasons: [leadership.signal.reason?.code, lock.signal.reason?.code] });
}, 1);
process.send({ znodes: [leadership.path, lock.path] });
`;

describeOnEachEnsemble("a process that is stopped for longer than its session", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it.each(["keep", "revoke"])("holds nothing when it goes on, for an expired session: %s", async (onSuspended) => {
    const other = await context.client();
    const script = ["--input-type=module", "--eval", HOLDER];
    const holder = spawn(process.execPath, [...script, ensemble.connectString(), context.newPath(), onSuspended], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    onTestFinished(() => void holder.kill("SIGKILL"));
    const [{ znodes }] = (await once(holder, "message")) as [{ znodes: string[] }];
    const [report] = [once(holder, "message")];
    holder.kill("SIGSTOP");
    for (const path of znodes) {
      await eventually(async () => (await other.exists(path)) === null, { what: `the end of ${path}` });
    }
    holder.kill("SIGCONT");
    expect((await report)[0]).toEqual({ letIn: [false, false, false], reasons: ["EXPIRED", "EXPIRED"] });
  });
});
