/* A real process, stopped by SIGSTOP for longer than its session. It runs the packages as built. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { connect } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest } from "@conclave/vitest";

import { expect, it, onTestFinished } from "vitest";

const MEMBER = `
import { leaderOnly, membership } from "@conclave/express";
import express from "express";
const [, servers, onSuspended] = process.argv;
const cluster = membership({ servers, onSuspended, group: "web", id: "one", connect: { sessionTimeoutMs: 1500 } });
const app = express();
app.use(cluster);
app.get("/leader", leaderOnly(), (request, response) => response.send(String(request.cluster.leadership?.fencingToken)));
const server = app.listen(0, "127.0.0.1", async () => {
  await cluster.join(server);
  process.send(server.address().port);
});
`;

/** Resolves when the request is in the hands of the system; `answer` when it is answered. */
async function send(url: string): Promise<{ readonly answer: Promise<string> }> {
  const sent = request(url).end();
  const answer = once(sent, "response").then(([response]: IncomingMessage[]) => text(response!));
  await once(sent, "finish");
  return { answer };
}

describeOnEachEnsemble("a member that is stopped for longer than its session", (ensemble: EnsembleUnderTest) => {
  it.each(["keep", "revoke"])("serves no request under its old term when it goes on: %s", async (onSuspended) => {
    const chroot = `${ensemble.root}-${onSuspended}`;
    await using zk = await connect(ensemble.connectString());
    await zk.create(chroot);
    const script = ["--input-type=module", "--eval", MEMBER, ensemble.connectString() + chroot, onSuspended];
    const stdio = ["ignore", "inherit", "inherit", "ipc"] as const;
    const member = spawn(process.execPath, script, { cwd: import.meta.dirname, stdio: [...stdio] });
    onTestFinished(() => void member.kill("SIGKILL"));
    const [port] = (await once(member, "message")) as [number];
    const url = `http://127.0.0.1:${port}`;
    const ask = async (path: string): Promise<string> => {
      const answer = await fetch(url + path, { redirect: "manual" });
      return `${answer.status} ${await answer.text()}`;
    };
    const term = await eventually(() => ask("/leader"), { until: (answer) => answer.startsWith("200") });
    member.kill("SIGSTOP");
    await eventually(async () => (await zk.exists(`${chroot}/conclave/groups/web/one`)) === null);
    // The system accepts these connections; the process finds their requests when it goes on.
    const waiting = await Promise.all([...Array(4)].map(() => send(`${url}/leader`)));
    member.kill("SIGCONT");
    const answers = await Promise.all(waiting.map(({ answer }) => answer));
    // It may lead again by then, with another token.
    expect(answers).not.toContain(term.replace("200 ", ""));
    await eventually(() => ask("/leader"), { until: (answer) => answer.startsWith("200") && answer !== term });
  });
});
