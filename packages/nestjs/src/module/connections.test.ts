import { connect, type ZooKeeper } from "@conclave/client";
import { Group, Mutex } from "@conclave/recipes";
import type { Meter } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { type DynamicModule, Injectable, Module, type Provider } from "@nestjs/common";
import { Test, type TestingModule } from "@nestjs/testing";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  ConclaveModule,
  type ConclaveModuleExtras,
  type ConclaveOptions,
  type ConclaveOptionsFactory,
  ConclaveService,
  getConclaveToken,
  LeaderOnly,
  Locked,
  type MembershipChange,
  OnMembershipChange,
  WatchNode,
} from "../index.js";

@Injectable()
class Jobs {
  readonly told: string[] = [];

  @LeaderOnly("job")
  led(): string {
    return "ran";
  }

  @Locked("outer")
  async outer(): Promise<string> {
    return this.inner();
  }

  @Locked("outer")
  async inner(): Promise<string> {
    return "ran";
  }

  @WatchNode("/settings")
  settings(): void {
    this.told.push("settings");
  }

  @OnMembershipChange("group")
  members({ members }: MembershipChange): void {
    this.told.push(`${members.length} members`);
  }
}

const nothing = (): void => {};
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Two modules of an app, as two teams write them, that each import a connection. */
const twoModules = (first: DynamicModule, second: DynamicModule, providers: Provider[] = []): DynamicModule[] => {
  @Module({ imports: [first], providers })
  class Billing {}
  @Module({ imports: [second] })
  class Shipping {}
  return [{ module: Billing }, { module: Shipping }];
};

describeOnEachEnsemble("the connections of one app", (ensemble: EnsembleUnderTest) => {
  const apps: TestingModule[] = [];
  const opened: string[] = [];
  let servers = "";
  let count = 0;
  let zk: ZooKeeper;

  const meter: Meter = {
    count: (name, _by, labels) => void opened.push(`${name} ${String(labels?.state)}`),
    gauge: nothing,
    observe: nothing,
  };
  const start = async (...imports: DynamicModule[]): Promise<TestingModule> => {
    const app = await Test.createTestingModule({ imports }).compile();
    app.useLogger(false);
    apps.push(await app.init());
    return app;
  };
  const options = (): ConclaveOptions => ({
    servers,
    logger,
    meter,
    connect: { sessionTimeoutMs: 20_000, auth: [{ scheme: "digest", auth: Buffer.from("a:b") }] },
  });
  const sessions = (): number => opened.filter((line) => line === "client_session_states connected").length;

  beforeAll(async () => {
    await using first = await connect(ensemble.connectString(), PATIENT_SESSION);
    await first.create(ensemble.root);
  });
  beforeEach(async () => {
    await using first = await connect(ensemble.connectString(), PATIENT_SESSION);
    servers = `${ensemble.connectString()}${await first.create(`${ensemble.root}/${count++}`)}`;
    zk = await connect(servers, PATIENT_SESSION);
    opened.length = 0;
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await zk.close();
  });

  @Injectable()
  class Settings implements ConclaveOptionsFactory {
    createConclaveOptions(): ConclaveOptions {
      return options();
    }
  }
  const useFactory = (): ConclaveOptions => options();

  const ways: readonly (readonly [string, (extras?: ConclaveModuleExtras) => DynamicModule])[] = [
    ["forRoot", (extras) => ConclaveModule.forRoot({ ...options(), ...extras })],
    ["forRootAsync with useFactory", (extras) => ConclaveModule.forRootAsync({ useFactory, inject: [], ...extras })],
    ["forRootAsync with useClass", (extras) => ConclaveModule.forRootAsync({ useClass: Settings, ...extras })],
  ];

  describe.each(ways)("%s in two modules, with equal options", (_way, registered) => {
    it.each([undefined, "billing"])("is one connection with one candidate, for the name %s", async (name) => {
      const extras = name === undefined ? {} : { name };
      const providers = name === undefined ? [Jobs] : [];
      const app = await start(...twoModules(registered(extras), registered(extras), providers));
      expect(sessions()).toBe(1);
      const conclave = app.get<ConclaveService>(getConclaveToken(name) as string, { strict: false });
      if (name !== undefined) return;
      const jobs = app.get(Jobs, { strict: false });
      await eventually(() => conclave.election("job").current);
      expect(jobs.led()).toBe("ran");
      await zk.sync("/");
      expect(await conclave.election("job").participants()).toHaveLength(1);
      expect(await jobs.outer()).toBe("ran");
      await eventually(() => jobs.told.length >= 2);
      await new Group(zk, { name: "group" }).join({ data: 1 });
      await zk.create("/settings", "1");
      await eventually(() => jobs.told.length >= 4);
      await app.close();
      expect(jobs.told.sort()).toEqual(["0 members", "1 members", "settings", "settings"]);
      expect(conclave.client.state).toBe("closed");
    });
  });

  it("belong to this app alone: another app with equal options has its own", async () => {
    const [one, two] = [await start(ConclaveModule.forRoot(options())), await start(ConclaveModule.forRoot(options()))];
    expect(one.get(ConclaveService)).not.toBe(two.get(ConclaveService));
    const grant = await new Mutex(one.get(ConclaveService).client, { name: "a" }).acquire();
    expect(await new Mutex(two.get(ConclaveService).client, { name: "a" }).tryAcquire()).toBeUndefined();
    await grant.release();
  });

  const differing: readonly (readonly [string, () => readonly [DynamicModule, DynamicModule], string])[] = [
    [
      "another id",
      () => [ConclaveModule.forRoot({ ...options(), id: "a" }), ConclaveModule.forRoot({ ...options(), id: "b" })],
      "two default connections",
    ],
    [
      "another password",
      () => [
        ConclaveModule.forRoot(options()),
        ConclaveModule.forRoot({
          ...options(),
          connect: { sessionTimeoutMs: 20_000, auth: [{ scheme: "digest", auth: Buffer.from("a:c") }] },
        } as ConclaveOptions),
      ],
      "two default connections",
    ],
    [
      "another client",
      () => [ConclaveModule.forRoot({ client: zk, logger }), ConclaveModule.forRoot({ ...options() })],
      "two default connections",
    ],
    [
      "another scope",
      () => [ConclaveModule.forRoot(options()), ConclaveModule.forRoot({ ...options(), global: false })],
      "two default connections",
    ],
    [
      "another factory",
      () => [
        ConclaveModule.forRootAsync({ useFactory }),
        ConclaveModule.forRootAsync({ useFactory: () => useFactory() }),
      ],
      "two default connections",
    ],
    [
      "options that are known and options that are not",
      () => [ConclaveModule.forRoot(options()), ConclaveModule.forRootAsync({ useFactory })],
      "two default connections",
    ],
    [
      "the same name and another id",
      () => [
        ConclaveModule.forRoot({ ...options(), name: "billing", id: "a" }),
        ConclaveModule.forRoot({ ...options(), name: "billing", id: "b" }),
      ],
      'two connections named "billing"',
    ],
  ];
  it.each(differing)("are refused before any session is opened: two with %s", async (_way, registered, message) => {
    const [first, second] = registered();
    const module = Test.createTestingModule({ imports: twoModules(first, second) });
    await expect(module.compile()).rejects.toThrow(`this app registers ${message}`);
    expect(sessions()).toBe(0);
  });

  it("may be several of different names", async () => {
    const [plain, billing] = [
      ConclaveModule.forRoot(options()),
      ConclaveModule.forRoot({ ...options(), name: "billing" }),
    ];
    await start(...twoModules(plain, billing));
    expect(sessions()).toBe(2);
  });
});
