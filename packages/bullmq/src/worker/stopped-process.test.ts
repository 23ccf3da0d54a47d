/*
 * A real worker process, stopped by SIGSTOP for longer than its session: no job continues under its old grant. The stop is
 * short: meanwhile the test ends the session on the ensemble, and moves the worker's clock past the session timeout.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SavedSession } from "@conclave/client";
import { Mutex } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { describe, expect, it, onTestFinished } from "vitest";
import { deferred, PATIENT_SESSION_MS, QueueTestContext } from "../../test-context/test-context.js";

/**
 * Program of the worker process. It runs the built packages, with a clock that reads its offset from a file. It reports
 *
 * - its session, when it takes jobs
 * - each run of a job
 * - for a run that waits for its signal to abort: the reason, and `lateCallbacks`, the number of callbacks that ran after
 *   the session timeout and still read the signal as not aborted
 */
const WORKER = `
import { readFileSync } from "node:fs";
import { guardedWorker } from "@conclave/bullmq";
import { connect } from "@conclave/client";
import { systemClock } from "@conclave/runtime";
const { servers, port, queue, onSuspended, waitingRuns, sessionTimeoutMs, offsetFile } = JSON.parse(process.argv[1]);
const clock = { ...systemClock, now: () => systemClock.now() + Number(readFileSync(offsetFile, "utf8")) };
const client = await connect(servers, { sessionTimeoutMs, clock });
let runs = 0;
const worker = await guardedWorker(queue, async (job, { signal, fencingToken }) => {
  process.send({ run: ++runs, token: String(fencingToken), aborted: signal.aborted });
  if (runs > waitingRuns) return String(fencingToken);
  const startedAt = clock.now();
  for (let lateCallbacks = 0; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const isLate = clock.now() - startedAt > sessionTimeoutMs;
    if (signal.aborted) {
      process.send({ ended: { lateCallbacks, reason: signal.reason.code } });
      throw signal.reason;
    }
    if (isLate) lateCallbacks++;
  }
}, { client, connection: { port }, key: () => "account-7", whenBusy: "wait", onSuspended, delayMs: 40 });
worker.on("error", () => {});
process.on("message", () => setImmediate(() => process.send({ isIdle: true })));
process.send(client.session.serialize());
`;

interface Report {
  readonly isIdle?: true;
  readonly run?: number;
  readonly token?: string;
  readonly aborted?: boolean;
  readonly ended?: { readonly lateCallbacks: number; readonly reason: string };
}

describeOnEachEnsemble("a worker that is stopped for longer than its session", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const context = new QueueTestContext(ensemble);

    const start = async (queue: string, settings: { servers: string; onSuspended: string; waitingRuns: number }) => {
      const folder = mkdtempSync(join(tmpdir(), "stopped-process-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const offsetFile = join(folder, "offset");
      writeFileSync(offsetFile, "0");
      const sessionTimeoutMs = PATIENT_SESSION_MS;
      const input = { port: context.redis.port, queue, sessionTimeoutMs, offsetFile, ...settings };
      const child = spawn(process.execPath, ["--input-type=module", "--eval", WORKER, JSON.stringify(input)], {
        cwd: import.meta.dirname,
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });
      onTestFinished(() => void child.kill("SIGKILL"));
      const [session] = (await once(child, "message")) as [string];
      const reports: Report[] = [];
      child.on("message", (report: Report) => report.isIdle || reports.push(report));
      /** Resolves when the process has read the bytes that had reached it. */
      const readAll = async (): Promise<void> => {
        child.send("read");
        await once(child, "message");
      };
      /** Ends the session of the stopped process on the ensemble, moves its clock past the session, and continues it. */
      const continueAfterSession = async (): Promise<void> => {
        writeFileSync(offsetFile, `${2 * sessionTimeoutMs}`);
        await context.endSession(SavedSession.parse(session));
        child.kill("SIGCONT");
      };
      return { child, reports, readAll, continueAfterSession };
    };

    it.each(["keep", "revoke"])(
      "aborts the signal of its job in the first callback that runs after the stop: %s",
      async (onSuspended) => {
        const queue = context.queue();
        const proxy = await context.proxy();
        const servers = proxy.connectString + ensemble.root;
        const settings = { servers, onSuspended, waitingRuns: 1 };
        const { child, reports, readAll, continueAfterSession } = await start(queue.name, settings);
        const job = await queue.add("pay", {}, { attempts: 1 });
        await eventually(() => reports.length === 1);
        // From here on only its clock can show the worker that its session is over.
        proxy.freeze();
        await readAll();
        child.kill("SIGSTOP");
        await continueAfterSession();
        await eventually(() => reports.length === 2);
        proxy.thaw();
        await eventually(async () => (await job.getState()) === "completed");
        await eventually(() => reports.length === 3);
        const [first, ended, second] = reports;
        expect(ended).toEqual({ ended: { lateCallbacks: 0, reason: "EXPIRED" } });
        expect(BigInt(second!.token!)).toBeGreaterThan(BigInt(first!.token!));
        expect(await queue.getJob(job.id!)).toMatchObject({ returnvalue: second!.token, attemptsMade: 1 });
      },
    );

    it("starts no job under a key that became free during the stop", async () => {
      const client = await context.client();
      const queue = context.queue();
      const lock = new Mutex(client, { name: "account-7" });
      const held = await lock.acquire();
      const watched = deferred<void>();
      const proxy = await context.proxy({
        onRequest: ({ operation, path }) => {
          if (operation === "getData" && path === ensemble.root + held.path) watched.resolve();
        },
      });
      const servers = proxy.connectString + ensemble.root;
      const settings = { servers, onSuspended: "keep", waitingRuns: 0 };
      const { child, reports, continueAfterSession } = await start(queue.name, settings);
      const job = await queue.add("pay", {}, { attempts: 1 });
      await watched.promise;
      const [, waiter] = await eventually(() => lock.contenders(), { until: ({ length }) => length === 2 });
      child.kill("SIGSTOP");
      // The event that makes the waiter the holder now lies unread in its socket.
      await held.release();
      await continueAfterSession();
      await eventually(async () => (await job.getState()) === "completed");
      await eventually(() => reports.length >= 1);
      expect(reports).toEqual([{ run: 1, token: expect.any(String), aborted: false }]);
      expect(BigInt(reports[0]!.token!)).toBeGreaterThan(waiter!.fencingToken);
    });
  });
});
