import { fileURLToPath } from "node:url";
import { GrantLostError } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeReplicas } from "@conclave/verification/replicas";
import { createTask, type TaskContext, type TaskOptions } from "node-cron";
import { describe, expect, it } from "vitest";
import { ConclaveRunCoordinator, type RunCoordinatorOptions } from "./index.js";

const EVERY_SECOND = "* * * * * *";
const NIGHTLY = Date.parse("2026-11-30T03:00:00.000Z");
const HOUR_MS = 3_600_000;

/** Returns node-cron's key of the nightly tick, or of one that is earlier or later. */
const tickOf = (name: string, laterMs = 0): string => `${name}:${new Date(NIGHTLY + laterMs).toISOString()}`;

/** Returns the context that node-cron passes to a task. */
const contextOf = (name: string, laterMs = 0): Pick<TaskContext, "task" | "date"> => ({
  task: { name } as NonNullable<TaskContext["task"]>,
  date: new Date(NIGHTLY + laterMs),
});

describeReplicas("ConclaveRunCoordinator", (replicas) => {
  const coordinatorOn = (options: RunCoordinatorOptions): ConclaveRunCoordinator =>
    replicas.closeAfter(new ConclaveRunCoordinator(options), (opened) => opened.close());
  const coordinator = async (options: Partial<RunCoordinatorOptions> = {}): Promise<ConclaveRunCoordinator> =>
    coordinatorOn({ client: await replicas.client(), ...options });

  /** Schedules a task of node-cron. */
  const schedule = async (
    name: string,
    runCoordinator: ConclaveRunCoordinator,
    run: string | ((context: TaskContext) => unknown),
    options: TaskOptions = {},
  ): Promise<ReturnType<typeof createTask>> => {
    const task = createTask(EVERY_SECOND, run, {
      ...{ name, distributed: true, runCoordinator, suppressMissedWarning: true, ...options },
    });
    // Not `destroy`, whose reply node-cron can lose: it ends the process of a background task when it has stopped.
    replicas.closeAfter(task, (opened) => opened.stop());
    await task.start();
    return task;
  };

  it("lets one of three replicas run each tick of node-cron, under tokens that grow", async () => {
    const name = replicas.newName();
    const runs: { readonly date: Date; readonly token: bigint }[] = [];
    const skipped: string[] = [];
    for (let replica = 0; replica < 3; replica++) {
      const each = await coordinator();
      const task = await schedule(name, each, (context) => {
        runs.push({ date: context.date, token: each.grantOf(context).fencingToken });
      });
      task.on("execution:skipped", ({ reason }) => void skipped.push(String(reason)));
    }
    await eventually(() => runs.length >= 2 && skipped.length >= 2);
    const ticks = runs.map(({ date }) => date.getTime());
    expect(new Set(ticks).size).toBe(ticks.length);
    expect(runs.map(({ token }) => token)).toEqual(runs.map(({ token }) => token).sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(skipped)).toEqual(new Set(["not-elected"]));
  });

  // These wait for real ticks and processes, and the ensemble makes no difference to them.
  if (replicas.kind === "conclave") describe("with background tasks", backgroundTasks);

  it("skips ticks elsewhere while a run has not ended, and not in the process that runs it", async () => {
    const name = replicas.newName();
    const [first, second] = [await coordinator(), await coordinator()];
    expect(await first.shouldRun(tickOf(name))).toBe(true);
    expect(await second.shouldRun(tickOf(name, 1000))).toBe(false);
    expect(await first.shouldRun(tickOf(name, 2000))).toBe(true);
    const { fencingToken } = first.grantOf(contextOf(name));
    expect(first.grantOf(contextOf(name, 2000)).fencingToken).toBe(fencingToken);
    await first.onComplete(tickOf(name));
    expect(await second.shouldRun(tickOf(name, 3000))).toBe(false);
    await first.onComplete(tickOf(name, 2000));
    expect(await second.shouldRun(tickOf(name, 4000))).toBe(true);
    expect(second.grantOf(contextOf(name, 4000)).fencingToken).toBeGreaterThan(fencingToken);
  });

  it("lets one of two tasks with the same name in one process run a tick", async () => {
    const name = replicas.newName();
    const each = await coordinator();
    const decisions = await Promise.all([each.shouldRun(tickOf(name)), each.shouldRun(tickOf(name))]);
    expect(decisions.filter(Boolean)).toHaveLength(1);
    expect(await each.shouldRun(tickOf(name))).toBe(false);
    await each.onComplete(tickOf(name));
    expect(await (await coordinator()).shouldRun(tickOf(name, 1000))).toBe(true);
  });

  it("does not run a tick again where the clock is late, but ignores a clock that is more than an hour ahead", async () => {
    const name = replicas.newName();
    const [first, late] = [await coordinator(), await coordinator()];
    const runs = async (each: ConclaveRunCoordinator, laterMs: number): Promise<boolean> => {
      const key = tickOf(name, laterMs);
      const isRun = await each.shouldRun(key);
      await each.onComplete(key);
      return isRun;
    };
    expect(await runs(first, 0)).toBe(true);
    expect(await runs(late, 0)).toBe(false);
    expect(await runs(late, -HOUR_MS)).toBe(false);
    expect(await runs(first, 1000 * HOUR_MS)).toBe(true);
    expect(await runs(late, HOUR_MS)).toBe(true);
    expect(await runs(first, HOUR_MS)).toBe(false);
  });

  it("tells a run that its session has expired, and lets another replica run the next tick", async () => {
    const name = replicas.newName();
    const replica = await replicas.unstable();
    const [first, second] = [coordinatorOn({ client: replica.client, onSuspended: "keep" }), await coordinator()];
    expect(await first.shouldRun(tickOf(name))).toBe(true);
    const { signal, fencingToken } = first.grantOf(contextOf(name));
    await replica.expire();
    await eventually(() => signal.aborted);
    expect(signal.reason).toBeInstanceOf(GrantLostError);
    expect(signal.reason).toMatchObject({ code: "EXPIRED" });
    expect(await second.shouldRun(tickOf(name, 1000))).toBe(true);
    expect(second.grantOf(contextOf(name, 1000)).fencingToken).toBeGreaterThan(fencingToken);
    await first.onComplete(tickOf(name));
    await second.onComplete(tickOf(name, 1000));
    expect(await first.shouldRun(tickOf(name, 2000))).toBe(true);
  });

  it("skips a tick while the ensemble cannot be reached, and runs the next one after the reconnection", async () => {
    const name = replicas.newName();
    const replica = await replicas.unstable();
    const each = coordinatorOn({ client: replica.client, timeoutMs: 50 });
    const patient = coordinatorOn({ client: replica.client, timeoutMs: 60_000 });
    await replica.cut();
    await expect(each.shouldRun(tickOf(name))).rejects.toThrow(
      `${tickOf(name)} is skipped here: the ensemble did not answer within 50 ms`,
    );
    replica.accept();
    expect(await patient.shouldRun(tickOf(name, 1000))).toBe(true);
    const { signal } = patient.grantOf(contextOf(name, 1000));
    await replica.cut();
    expect(signal.reason).toMatchObject({ code: "SUSPENDED" });
    replica.accept();
    // Skipped until the lock that was given up is deleted.
    await eventually(() => patient.shouldRun(tickOf(name, 2000)));
    expect(patient.grantOf(contextOf(name, 2000)).signal.aborted).toBe(false);
  });

  it("releases its locks at once when it is closed, and runs nothing afterwards", async () => {
    const name = replicas.newName();
    const [first, second] = [await coordinator(), await coordinator()];
    expect(await first.shouldRun(tickOf(name))).toBe(true);
    const { signal } = first.grantOf(contextOf(name));
    await first.close();
    expect(signal.reason).toMatchObject({ code: "RELEASED" });
    expect(await second.shouldRun(tickOf(name, 1000))).toBe(true);
    expect(await first.shouldRun(tickOf(name, 2000))).toBe(false);
    await first.onComplete(tickOf(name));
  });

  it("leaves no lock, whenever it is closed during a decision", async () => {
    const name = replicas.newName();
    const [client, second] = [await replicas.client(), await coordinator()];
    const decisions = new Set<boolean>();
    for (let turns = 0; turns < 40; turns += 3) {
      const each = new ConclaveRunCoordinator({ client });
      const deciding = each.shouldRun(tickOf(name, turns * 2000));
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      await each.close();
      decisions.add(await deciding);
      const next = tickOf(name, turns * 2000 + 1000);
      await eventually(() => second.shouldRun(next));
      await second.onComplete(next);
    }
    expect(decisions).toContain(false);
  });

  it("explains what is wrong with its options, with a key and with a context", async () => {
    const client = await replicas.client();
    const options = (wrong: object): ConclaveRunCoordinator =>
      new ConclaveRunCoordinator({ client, ...wrong } as RunCoordinatorOptions);
    expect(() => options({ client: undefined })).toThrow("ConclaveRunCoordinator needs the option client");
    expect(() => options({ timeoutMs: 0 })).toThrow("timeoutMs must be more than 0 milliseconds, not 0");
    expect(() => options({ onSuspended: "stop" })).toThrow('onSuspended must be "revoke" or "keep", not "stop"');
    const each = await coordinator();
    await expect(each.shouldRun("nightly")).rejects.toThrow("this version of node-cron is not supported");
    expect(() => each.grantOf(contextOf("nightly"))).toThrow(`${tickOf("nightly")} does not run under a grant`);
  });

  function backgroundTasks(): void {
    it("lets one replica run the ticks of a background task", async () => {
      const name = replicas.newName();
      const module = fileURLToPath(new URL("../test-support/background-task.mjs", import.meta.url));
      const results: unknown[] = [];
      for (let replica = 0; replica < 2; replica++) {
        const task = await schedule(name, await coordinator(), module, { startTimeout: 60_000 });
        task.on("execution:finished", ({ execution }) => void results.push(execution?.result));
      }
      await eventually(() => results.length >= 1);
      expect(new Set(results).size).toBe(results.length);
    });

    it("lets another replica run the next tick when the process of a background task has crashed", async () => {
      const name = replicas.newName();
      const module = fileURLToPath(new URL("../test-support/crashing-task.mjs", import.meta.url));
      const first = await coordinator();
      const logger = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };
      const task = await schedule(name, first, module, { startTimeout: 60_000, logger });
      const crash = new Promise<TaskContext>((resolve) => task.once("execution:failed", resolve));
      const { date } = await crash;
      const next = `${name}:${new Date(date.getTime() + HOUR_MS).toISOString()}`;
      const second = await coordinator();
      await eventually(() => second.shouldRun(next));
    });
  }
});
