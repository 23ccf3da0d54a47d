import { connect } from "@conclave/client";
import { Mutex } from "@conclave/recipes";
import * as kit from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { Injectable } from "@nestjs/common";
import { Test, type TestingModule } from "@nestjs/testing";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { BusyError, ConclaveService, currentGrant, Locked } from "../index.js";
import { ConclaveTestingModule, TestEnsemble } from "../testing/index.js";

const { eventually } = kit;

@Injectable()
class Jobs {
  began = 0;
  end = (): void => {};

  @Locked("job")
  work(): Promise<boolean> {
    return this.untilEnd();
  }

  @Locked("job", { onSuspended: "keep" })
  dear(): Promise<boolean> {
    return this.untilEnd();
  }

  @Locked("job", { otherwise: "skip" })
  skip(): string {
    return "ran";
  }

  @Locked("job", { otherwise: "throw", timeoutMs: 50 })
  refuse(): string {
    return "ran";
  }

  /** Resolves with true if the grant is valid when the method ends. */
  private async untilEnd(): Promise<boolean> {
    const { signal } = currentGrant();
    const ended = new Promise<void>((resolve) => {
      this.end = resolve;
    });
    this.began++;
    await ended;
    return !signal.aborted;
  }
}

describeOnEachEnsemble("@Locked on a connection that breaks", (given: EnsembleUnderTest) => {
  let app: TestingModule;
  let jobs: Jobs;
  let ensemble: TestEnsemble;
  let count = 0;

  beforeAll(async () => {
    await using zk = await connect(given.connectString(), PATIENT_SESSION);
    await zk.create(given.root);
  });
  beforeEach(async () => {
    await using zk = await connect(given.connectString(), PATIENT_SESSION);
    const servers = `${given.connectString()}${await zk.create(`${given.root}/${count++}`)}`;
    const nothing = (): void => {};
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    app = await Test.createTestingModule({
      imports: [ConclaveTestingModule.forRoot({ kit, servers, logger })],
      providers: [Jobs],
    }).compile();
    app.useLogger(false);
    await app.init();
    jobs = app.get(Jobs);
    ensemble = app.get(TestEnsemble);
  });
  afterEach(() => app.close());

  it("aborts the method's signal at once by default, and can be acquired again after the method", async () => {
    const working = jobs.work();
    await eventually(() => jobs.began === 1);
    await ensemble.suspend();
    jobs.end();
    expect(await working).toBe(false);
    await ensemble.heal();
    await eventually(async () => (await jobs.skip()) === "ran");
  });

  it("keeps the lock with onSuspended keep while the session lives", async () => {
    const working = jobs.dear();
    await eventually(() => jobs.began === 1);
    await ensemble.suspend();
    await ensemble.heal();
    jobs.end();
    expect(await working).toBe(true);
  });

  it("loses a kept lock when the session expires", async () => {
    const working = jobs.dear();
    await eventually(() => jobs.began === 1);
    await ensemble.expire();
    jobs.end();
    expect(await working).toBe(false);
  });

  it("grants nothing without a connection: a call skips at once, throws in time, or waits", async () => {
    await ensemble.suspend();
    const waiting = jobs.work();
    expect(await jobs.skip()).toBeUndefined();
    await expect(Promise.resolve(jobs.refuse())).rejects.toThrow(BusyError);
    expect(jobs.began).toBe(0);
    await ensemble.heal();
    await eventually(() => jobs.began === 1);
    jobs.end();
    expect(await waiting).toBe(true);
  });

  it("keeps waiting in the next session", async () => {
    await using zk = await connect(ensemble.servers, PATIENT_SESSION);
    const grant = await new Mutex(zk, { name: "job" }).acquire();
    const waiting = jobs.work();
    const line = new Mutex(app.get(ConclaveService).client, { name: "job" });
    await eventually(async () => (await line.contenders()).length === 2);
    await ensemble.expire();
    await grant.release();
    await eventually(() => jobs.began === 1);
    jobs.end();
    expect(await waiting).toBe(true);
  });
});
