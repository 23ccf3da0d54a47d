/* A real worker process, stopped by SIGSTOP for longer than its session: no job goes on under its old grant. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Mutex } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { describe, expect, it, onTestFinished } from "vitest";
import { QueueStage } from "../stage/queue-stage.js";

/** Runs the packages as built. Reports each run of a job, and which callback of the first run sees its grant end. */
const WORKER = `
import { guardedWorker } from "@conclave/bullmq";
import { connect } from "@conclave/client";
const [, servers, port, queue, onSuspended, runsUntilStopped] = process.argv;
const client = await connect(servers, { sessionTimeoutMs: 1500 });
let runs = 0;
const worker = await guardedWorker(queue, async (job, { signal, fencingToken }) => {
  process.send({ run: ++runs, token: String(fencingToken), aborted: signal.aborted });
  if (runs > Number(runsUntilStopped)) return String(fencingToken);
  let gap = 0;
  for (let last = performance.now(); !signal.aborted; ) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const now = performance.now();
    [gap, last] = [now - last, now];
  }
  process.send({ woken: { isFirstCallback: gap > 100, reason: signal.reason.code } });
  signal.throwIfAborted();
  return "finished under the old grant";
}, { client, connection: { port: Number(port) }, key: () => "account-7", busy: "wait", onSuspended, delayMs: 40 });
worker.on("error", () => {});
process.send("ready");
`;

interface Report {
  readonly run?: number;
  readonly token?: string;
  readonly aborted?: boolean;
  readonly woken?: { readonly isFirstCallback: boolean; readonly reason: string };
}

describeOnEachEnsemble("a worker that is stopped for longer than its session", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const stage = new QueueStage(ensemble);

    const start = async (queue: string, onSuspended: string, runsUntilStopped: number) => {
      const args = [stage.connectString, stage.redis.port, queue, onSuspended, runsUntilStopped].map(String);
      const child = spawn(process.execPath, ["--input-type=module", "--eval", WORKER, ...args], {
        cwd: import.meta.dirname,
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });
      onTestFinished(() => void child.kill("SIGKILL"));
      await once(child, "message");
      const reports: Report[] = [];
      child.on("message", (report) => reports.push(report as Report));
      return { child, reports };
    };

    it.each(["keep", "revoke"])("finishes no job under its old grant, which has expired: %s", async (onSuspended) => {
      const client = await stage.client();
      const queue = stage.queue();
      const { child, reports } = await start(queue.name, onSuspended, 1);
      const job = await queue.add("pay", {}, { attempts: 1 });
      await eventually(() => reports.length === 1);
      child.kill("SIGSTOP");
      const lock = new Mutex(client, { name: "account-7" });
      await eventually(async () => (await lock.contenders()).length === 0);
      child.kill("SIGCONT");
      await eventually(async () => (await job.getState()) === "completed");
      await eventually(() => reports.length === 3);
      const [first, woken, second] = reports;
      expect(woken).toEqual({ woken: { isFirstCallback: true, reason: "EXPIRED" } });
      expect(BigInt(second!.token!)).toBeGreaterThan(BigInt(first!.token!));
      expect(await queue.getJob(job.id!)).toMatchObject({ returnvalue: second!.token, attemptsMade: 1 });
    });

    it("starts no job under a key that became its own while it was stopped, and expired", async () => {
      const client = await stage.client();
      const queue = stage.queue();
      const lock = new Mutex(client, { name: "account-7" });
      const held = await lock.acquire();
      const { child, reports } = await start(queue.name, "revoke", 0);
      const job = await queue.add("pay", {}, { attempts: 1 });
      const [, waiter] = await eventually(() => lock.contenders(), { until: ({ length }) => length === 2 });
      const { czxid } = (await client.exists(waiter!.path))!;
      child.kill("SIGSTOP");
      await held.release();
      await eventually(async () => (await lock.contenders()).length === 0);
      child.kill("SIGCONT");
      await eventually(async () => (await job.getState()) === "completed");
      await eventually(() => reports.length === 1);
      expect(reports).toEqual([{ run: 1, token: expect.any(String), aborted: false }]);
      expect(BigInt(reports[0]!.token!)).toBeGreaterThan(czxid);
    });
  });
});
