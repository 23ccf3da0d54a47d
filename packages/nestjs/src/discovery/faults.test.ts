import { connect } from "@conclave/client";
import { eventually, type FaultProxy, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { Injectable } from "@nestjs/common";
import { Test, type TestingModule } from "@nestjs/testing";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { ConclaveModule, ConclaveService, currentGrant, LeaderOnly, type Leadership, OnElected } from "../index.js";

/** Number of methods inside at a time, of both apps, and their tokens. */
const record = { inside: 0, most: 0, tokens: [] as bigint[] };

@Injectable()
class Worker {
  readonly results: string[] = [];

  @OnElected("work")
  async work(leadership: Leadership): Promise<void> {
    while (!leadership.signal.aborted) await this.step();
  }

  @LeaderOnly("work")
  async step(): Promise<void> {
    const { fencingToken } = currentGrant();
    record.tokens.push(fencingToken);
    record.most = Math.max(record.most, ++record.inside);
    await new Promise((resolve) => setTimeout(resolve, 1));
    record.inside--;
  }

  @LeaderOnly("report")
  async report(): Promise<string> {
    const { signal } = currentGrant();
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return `stopped: ${signal.reason.code}`;
  }
}

describeOnEachEnsemble("an app on a connection that breaks", (ensemble: EnsembleUnderTest) => {
  const apps: TestingModule[] = [];
  const proxies: FaultProxy[] = [];
  let count = 0;
  let chroot = "";

  const start = async (): Promise<[TestingModule, FaultProxy]> => {
    const [target = ""] = ensemble.connectString().split(",");
    const proxy = await startFaultProxy({ target });
    proxies.push(proxy);
    const nothing = (): void => {};
    const app = await Test.createTestingModule({
      imports: [
        ConclaveModule.forRoot({
          servers: proxy.connectString + chroot,
          logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
          connect: { backoff: { initialMs: 10, maxMs: 50 } },
        }),
      ],
      providers: [Worker],
    }).compile();
    app.useLogger(false);
    apps.push(await app.init());
    return [app, proxy];
  };

  beforeAll(async () => {
    await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(ensemble.root);
  });
  beforeEach(async () => {
    chroot = `${ensemble.root}/${count++}`;
    await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(chroot);
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
  });

  it("stops a running method, keeps its result (D3, D5), and leads again (D11, D12)", async () => {
    const [app, proxy] = await start();
    const election = app.get(ConclaveService).election("report");
    const first = await eventually(() => election.current);
    const running = app.get(Worker).report();
    proxy.cut();
    expect(await running).toBe("stopped: SUSPENDED");
    const second = await eventually(() => election.current);
    expect(second!.fencingToken > first!.fencingToken).toBe(true);
  });

  it("never has two apps inside at once (D1)", async () => {
    Object.assign(record, { inside: 0, most: 0, tokens: [] });
    const started = [await start(), await start()];
    for (let cut = 0; cut < 6; cut++) {
      const seen = record.tokens.length;
      await eventually(() => record.tokens.length > seen + 5);
      started[cut % 2]?.[1].cut();
    }
    const { most, tokens } = record;
    expect(most).toBe(1);
    expect(tokens).toEqual([...tokens].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    expect(new Set(tokens).size).toBeGreaterThan(2);
  });
});
