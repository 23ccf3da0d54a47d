/* A real process that is stopped for longer than its session, as a suspended virtual machine is. It runs the packages as built. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { expect, it } from "vitest";

/*
 * It stops itself between the arrival of a request and the guard: when it continues, the guard runs before any timer, and
 * before the connection to the ensemble is read.
 */
const MEMBER = `
import { leaderOnly, membership } from "@conclave/express";
import express from "express";
const [, servers, onSuspended] = process.argv;
const cluster = membership({ servers, onSuspended, group: "web", id: "one", connect: { sessionTimeoutMs: 6000 } });
const app = express();
app.use(cluster);
const stop = (request, response, next) => {
  if (request.query.stop !== undefined) process.kill(process.pid, "SIGSTOP");
  next();
};
app.get("/leader", stop, leaderOnly(), (request, response) => response.send(String(request.cluster.leadership?.fencingToken)));
const server = app.listen(0, "127.0.0.1", async () => {
  await cluster.join(server);
  process.send(server.address().port);
});
`;

describeOnEachEnsemble("a member that is stopped for longer than its session", (ensemble: EnsembleUnderTest) => {
  it.concurrent.for(["keep", "revoke"])(
    "serves no request under its old term when it continues: %s",
    async (onSuspended, { onTestFinished }) => {
      const chroot = `${ensemble.root}-${onSuspended}`;
      await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
      await zk.create(chroot);
      const script = ["--input-type=module", "--eval", MEMBER, ensemble.connectString() + chroot, onSuspended];
      const stdio = ["ignore", "inherit", "inherit", "ipc"] as const;
      const member = spawn(process.execPath, script, { cwd: import.meta.dirname, stdio: [...stdio] });
      onTestFinished(() => void member.kill("SIGKILL"));
      const [port] = (await once(member, "message")) as [number];
      const get = async (path: string): Promise<string> => {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual" });
        return `${answer.status} ${await answer.text()}`;
      };
      const leads = { until: (answer: string) => answer.startsWith("200") };
      const term = await eventually(() => get("/leader"), leads);
      const stopped = get("/leader?stop");
      await eventually(async () => (await zk.exists(`${chroot}/conclave/groups/web/one`)) === null);
      member.kill("SIGCONT");
      expect(await stopped).toMatch(/^503 .*"(?:IN_DOUBT|NO_LEADER)"/);
      expect(await eventually(() => get("/leader"), leads)).not.toBe(term);
    },
  );
});
