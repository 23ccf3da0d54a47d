import { Mutex } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { Injectable } from "@nestjs/common";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { Continuation, KEPT_MS } from "../../test-support/continuation.js";
import { TestApps } from "../../test-support/test-apps.js";
import { BusyError, Locked } from "../index.js";

describeOnEachEnsemble("after a method has ended, when the app shuts down", (ensemble) => {
  const apps = new TestApps(ensemble);
  beforeAll(() => apps.createRoot());
  beforeEach(() => apps.open());
  afterEach(() => apps.close());

  @Injectable()
  class Job {
    readonly fromKept = new Continuation();
    readonly fromRunning = new Continuation();
    readonly outcomes: unknown[] = [];
    end = (): void => {};

    @Locked("kept", { atLeastForMs: KEPT_MS })
    async kept(): Promise<void> {
      this.fromKept.later(() => this.useTaken());
    }

    /** Waits for a lock that others hold, and does not await that. */
    @Locked("running")
    async running(): Promise<void> {
      void this.useTaken();
      await new Promise<void>((resolve) => {
        this.end = resolve;
      });
    }

    async useTaken(): Promise<void> {
      await this.taken().then(
        () => this.outcomes.push("ran"),
        (error: unknown) => this.outcomes.push(error),
      );
    }

    @Locked("taken")
    async taken(): Promise<void> {}
  }

  it("does not wait for a call from such a context", async () => {
    const [job, app] = await apps.start(Job);
    const grant = await new Mutex(apps.observer, { name: "taken" }).acquire();
    await job.kept();
    const waiting = job.fromKept.resume();
    await eventually(async () => (await apps.contenders("taken")) === 2);
    await app.close();
    await waiting;
    expect(job.outcomes).toEqual([expect.any(BusyError)]);
    await grant.release();
  });

  it("waits for a call of a running method until that method ends", async () => {
    const [job, app] = await apps.start(Job);
    const grant = await new Mutex(apps.observer, { name: "taken" }).acquire();
    const running = job.running();
    await eventually(async () => (await apps.contenders("taken")) === 2);
    await job.kept();
    const closing = app.close();
    await eventually(async () => (await apps.contenders("kept")) === 0);
    expect([job.outcomes, await apps.contenders("taken")]).toEqual([[], 2]);
    job.end();
    await Promise.all([running, closing]);
    expect(job.outcomes).toEqual([expect.any(BusyError)]);
    await grant.release();
  });

  it("grants nothing to such a context, and has released the kept grant", async () => {
    const [job, app] = await apps.start(Job);
    await job.kept();
    await app.close();
    expect(await apps.contenders("kept")).toBe(0);
    await job.fromKept.resume();
    expect(job.outcomes).toEqual([expect.any(BusyError)]);
  });
});
