import { connect } from "@conclave/client";
import * as kit from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { Injectable } from "@nestjs/common";
import { Test, type TestingModule } from "@nestjs/testing";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ConclaveService, currentGrant, getConclaveToken, LeaderOnly, Locked, OnElected, OnRevoked } from "../index.js";
import { ConclaveTestingModule, type ConclaveTestingOptions, getTestEnsembleToken, TestEnsemble } from "./index.js";

const { eventually } = kit;

@Injectable()
class Worker {
  readonly events: string[] = [];

  @OnElected("work")
  elected(): void {
    this.events.push("elected");
  }

  @OnRevoked("work")
  revoked(): void {
    this.events.push(`revoked ${currentGrant().signal.reason.code}`);
  }

  @LeaderOnly("work")
  work(): string {
    return "worked";
  }

  @Locked("task")
  async task(): Promise<string> {
    const { signal } = currentGrant();
    this.events.push("began");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return signal.reason.code;
  }
}

const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

describe("ConclaveTestingModule", () => {
  const apps: TestingModule[] = [];
  const start = async (options: Partial<ConclaveTestingOptions> = {}): Promise<TestingModule> => {
    const app = await Test.createTestingModule({
      imports: [ConclaveTestingModule.forRoot({ kit, logger, ...options })],
      providers: options.name === undefined ? [Worker] : [],
    }).compile();
    app.useLogger(false);
    apps.push(app);
    return app.init();
  };
  const until = (app: TestingModule, event: string, count = 1): Promise<unknown> =>
    eventually(() => app.get(Worker).events.filter((each) => each === event).length >= count, { what: event });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  describeOnEachEnsemble("on an ensemble that is there", (given: EnsembleUnderTest) => {
    beforeAll(async () => {
      await using zk = await connect(given.connectString(), PATIENT_SESSION);
      await zk.create(given.root);
    });
    it("suspends, expires and heals", async () => {
      const app = await start({ servers: given.connectString() + given.root });
      const ensemble = app.get(TestEnsemble);
      const { client } = app.get(ConclaveService);
      await until(app, "elected");
      const { sessionId } = client;

      await ensemble.suspend();
      await until(app, "revoked SUSPENDED");
      expect(app.get(Worker).work()).toBeUndefined();
      expect([client.state, client.sessionId]).toEqual(["suspended", sessionId]);
      await ensemble.heal();
      expect([client.state, client.sessionId]).toEqual(["connected", sessionId]);
      await until(app, "elected", 2);

      await ensemble.expire();
      expect(client.state).toBe("connected");
      expect(client.sessionId).not.toBe(sessionId);
      await until(app, "elected", 3);
      expect(app.get(Worker).work()).toBe("worked");
    });
  });

  it("splits: the app ends its leadership by its own clock, and another app leads", async () => {
    const one = await start({ id: "one" });
    await until(one, "elected");
    const two = await start({ id: "two", servers: one.get(TestEnsemble).servers });
    const task = one.get(Worker).task();
    await until(one, "began");
    await one.get(TestEnsemble).split();
    expect(await task).toBe("SUSPENDED");
    await until(two, "elected");
    expect([one.get(Worker).work(), two.get(Worker).work()]).toEqual([undefined, "worked"]);
    await one.get(TestEnsemble).heal();
    expect((await one.get(ConclaveService).election("work").leader())?.id).toBe("two");
  });

  it("keeps ensembles of different names apart", async () => {
    const app = await start({ name: "billing" });
    const ensemble = app.get<TestEnsemble>(getTestEnsembleToken("billing"));
    const conclave = app.get<ConclaveService>(getConclaveToken("billing") as string);
    await ensemble.suspend();
    expect(conclave.client.state).toBe("suspended");
    await ensemble.heal();
  });

  it("stops with the app, also while the connection is lost", async () => {
    const app = await start();
    const ensemble = app.get(TestEnsemble);
    await ensemble.suspend();
    await app.close();
    apps.pop();
    expect(app.get(ConclaveService).client.state).toBe("closed");
    await expect(connect(ensemble.servers, { connectTimeoutMs: 200 })).rejects.toMatchObject({
      code: "OPERATION_TIMEOUT",
    });
  });
});
