import { connect, type ZooKeeper } from "@conclave/client";
import { LeaderElection, Mutex } from "@conclave/recipes";
import type { Meter, MetricLabels } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { Injectable } from "@nestjs/common";
import { Test, type TestingModule } from "@nestjs/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ConclaveModule, ConclaveService, currentGrant, LeaderOnly, Locked, Semaphore } from "../index.js";

@Injectable()
class Jobs {
  @LeaderOnly("led")
  led(): string {
    return "ran";
  }

  @LeaderOnly("foreign")
  skipped(): string {
    return "ran";
  }

  @Locked("free")
  locked(): void {}

  @Locked("taken", { otherwise: "skip" })
  busy(): void {}

  @Semaphore("some", { permits: 1 })
  async losing(lose: (path: string) => Promise<void>): Promise<void> {
    const { signal } = currentGrant();
    await lose("/conclave/semaphores/some/leases");
    await eventually(() => signal.aborted);
  }
}

describeOnEachEnsemble("metrics", (ensemble: EnsembleUnderTest) => {
  let app: TestingModule;
  let zk: ZooKeeper;
  const lines: string[] = [];

  beforeAll(async () => {
    await using first = await connect(ensemble.connectString(), PATIENT_SESSION);
    await first.create(ensemble.root);
    const servers = ensemble.connectString() + ensemble.root;
    zk = await connect(servers, PATIENT_SESSION);
    await new LeaderElection(zk, { name: "foreign" }).campaign();
    await new Mutex(zk, { name: "taken" }).acquire();
    const line = (kind: string, name: string, labels: MetricLabels = {}): void =>
      void lines.push([kind, name, ...Object.entries(labels).map((pair) => pair.join("="))].join(" "));
    const meter: Meter = {
      count: (name, _by, labels) => line("count", name, labels),
      gauge: (name, value, labels) => line(`gauge ${value}`, name, labels),
      observe: (name, value, labels) => value >= 0 && line("observe", name, labels),
    };
    const nothing = (): void => {};
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    app = await Test.createTestingModule({
      imports: [ConclaveModule.forRoot({ servers, logger, meter })],
      providers: [Jobs],
    }).compile();
    app.useLogger(false);
    await app.init();
    await eventually(() => app.get(ConclaveService).election("led").current);
  });
  afterAll(async () => {
    await app?.close();
    await zk?.close();
  });

  it("show which process leads, and include those of the client", () => {
    expect(lines).toContain("gauge 0 nestjs_leading election=led");
    expect(lines).toContain("gauge 1 nestjs_leading election=led");
    expect(lines).toContain("gauge 0 nestjs_leading election=foreign");
    expect(lines).not.toContain("gauge 1 nestjs_leading election=foreign");
    expect(lines).toContain("count client_session_states state=connected");
  });

  it("count every call, by method and outcome", async () => {
    const jobs = app.get(Jobs);
    jobs.led();
    jobs.skipped();
    await jobs.locked();
    await jobs.busy();
    expect(lines.filter((each) => each.startsWith("count nestjs_calls"))).toEqual([
      "count nestjs_calls kind=leader method=Jobs.led outcome=ran",
      "count nestjs_calls kind=leader method=Jobs.skipped outcome=busy",
      "count nestjs_calls kind=lock method=Jobs.locked outcome=ran",
      "count nestjs_calls kind=lock method=Jobs.busy outcome=busy",
    ]);
  });

  it("observe the wait of a call, and the time for which it holds its grant", () => {
    expect(lines.filter((each) => each.startsWith("observe nestjs"))).toEqual([
      "observe nestjs_wait_ms kind=lock method=Jobs.locked",
      "observe nestjs_held_ms kind=lock method=Jobs.locked",
      "observe nestjs_wait_ms kind=lock method=Jobs.busy",
    ]);
  });

  it("count each grant that was lost while its method ran, with the reason", async () => {
    await app.get(Jobs).losing(async (path) => {
      // This client's server may not have the znodes of the app's client yet.
      await zk.sync(path);
      for (const child of await zk.getChildren(path)) await zk.delete(`${path}/${child}`);
    });
    expect(lines).toContain("count nestjs_grants_lost kind=semaphore method=Jobs.losing code=GONE");
  });
});
