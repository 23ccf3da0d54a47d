/* Stops a process by SIGSTOP for longer than its session: in its first callback after SIGCONT all of its grants have ended. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";

/** Session timeout: short, as the test waits for it; long enough not to expire before the stop on a busy machine. */
const SESSION_MS = 6_000;

/**
 * Program of the process; it imports the built packages. Sends the paths of its grants once it holds all of them and, after a
 * pause longer than the session, the state of the grants in its first callback.
 */
const HOLDER = `
import { connect } from "@conclave/client";
import { LeaderElection, Mutex } from "@conclave/recipes";
const [, servers, path] = process.argv;
const zk = await connect(servers, { sessionTimeoutMs: ${SESSION_MS} });
const held = [];
for (const onSuspended of ["keep", "revoke"]) {
  const election = new LeaderElection(zk, { path: path + "/election-" + onSuspended, onSuspended });
  const leadership = await election.campaign();
  held.push({ election, leadership, lock: await new Mutex(zk, { path: path + "/lock-" + onSuspended, onSuspended }).acquire() });
}
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  const wasStopped = now - last > ${SESSION_MS};
  last = now;
  if (!wasStopped) return;
  process.send(held.map(({ election, leadership, lock }) => ({
    isHeld: [election.current !== undefined, election.ifLeader(() => true, () => false), !lock.signal.aborted],
    reasons: [leadership.signal.reason?.code, lock.signal.reason?.code],
  })));
}, 1);
process.send(held.flatMap(({ leadership, lock }) => [leadership.path, lock.path]));
`;

describeOnEachEnsemble("a process that is stopped for longer than its session", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it("has lost all grants with the reason EXPIRED in its first callback", async () => {
    const other = await context.client();
    const script = ["--input-type=module", "--eval", HOLDER];
    const holder = spawn(process.execPath, [...script, ensemble.connectString(), context.newPath()], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    onTestFinished(() => void holder.kill("SIGKILL"));
    const [znodes] = (await once(holder, "message")) as [string[]];
    const report = once(holder, "message");
    holder.kill("SIGSTOP");
    for (const path of znodes) {
      await eventually(async () => (await other.exists(path)) === null, { what: `the deletion of ${path}` });
    }
    holder.kill("SIGCONT");
    const nothing = { isHeld: [false, false, false], reasons: ["EXPIRED", "EXPIRED"] };
    expect((await report)[0]).toEqual([nothing, nothing]);
  });
});
