import { type ConnectionSource, connect, type ZooKeeper } from "@conclave/client";
import { LeaderElection, Mutex } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { type DynamicModule, Injectable, Logger, Module } from "@nestjs/common";
import { Test, type TestingModule } from "@nestjs/testing";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  BusyError,
  ConclaveModule,
  type ConclaveOptions,
  type ConclaveOptionsFactory,
  ConclaveService,
  getConclaveToken,
  InjectConclave,
  LeaderOnly,
  Locked,
} from "../index.js";

const nothing = (): void => {};
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

@Injectable()
class Jobs {
  constructor(
    readonly conclave: ConclaveService,
    @InjectConclave() readonly same: ConclaveService,
  ) {}
}

@Injectable()
class TwoSided {
  @InjectConclave("billing") readonly billing!: ConclaveService;

  @LeaderOnly("jobs")
  here(): string {
    return "ran";
  }

  @LeaderOnly("jobs", { connection: "billing" })
  there(): string {
    return "ran";
  }

  /** The same key on two connections is two locks. */
  @Locked("jobs")
  async locked(): Promise<string> {
    return this.lockedThere();
  }

  @Locked("jobs", { connection: "billing", otherwise: "throw" })
  async lockedThere(): Promise<string> {
    return "ran";
  }
}

describeOnEachEnsemble("ConclaveModule", (ensemble: EnsembleUnderTest) => {
  const modules: TestingModule[] = [];
  let servers = "";

  const start = async (imports: DynamicModule[], ...providers: (new (...args: never[]) => object)[]) => {
    const module = await Test.createTestingModule({ imports, providers }).compile();
    modules.push(module);
    module.useLogger(false);
    return module.init();
  };

  beforeAll(async () => {
    const zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    for (const path of ["", "/billing", "/jobs"]) await zk.create(ensemble.root + path);
    await zk.close();
    servers = ensemble.connectString() + ensemble.root;
  });
  afterEach(async () => {
    await Promise.all(modules.splice(0).map((module) => module.close()));
  });

  it("connects to an ensemble that the app takes part in, and closes it after the session, also if the start fails", async () => {
    const states: string[] = [];
    let client: ZooKeeper | undefined;
    const source: ConnectionSource = {
      async connect(options) {
        client = await connect(servers, options);
        return client;
      },
      async close() {
        states.push(client?.state ?? "none");
      },
    };
    const module = await start([ConclaveModule.forRoot({ ensemble: source, logger, connect: PATIENT_SESSION })], Jobs);
    expect(module.get(Jobs).conclave.client).toBe(client);
    await module.close();
    expect(states).toEqual(["closed"]);
    const refused = { ...source, connect: () => Promise.reject(new Error("no quorum")) };
    await expect(start([ConclaveModule.forRoot({ ensemble: refused, logger })], Jobs)).rejects.toThrow("no quorum");
    expect(states).toEqual(["closed", "closed"]);
  });

  it("gives the connection by its class and by @InjectConclave", async () => {
    const jobs = (await start([ConclaveModule.forRoot({ servers, logger, ...PATIENT_SESSION })], Jobs)).get(Jobs);
    expect(jobs.conclave).toBe(jobs.same);
    expect(jobs.conclave.client.state).toBe("connected");
    expect(jobs.conclave.id).toMatch(/^.+:\d+-[0-9a-f]{8}$/);
    expect(jobs.conclave.election("x")).toBe(jobs.conclave.election("x"));
  });

  it("closes the session that it opened, and passes options to the client", async () => {
    const connectOptions = { sessionTimeoutMs: 5_000 };
    const module = await start([ConclaveModule.forRoot({ servers, logger, id: "web-1", connect: connectOptions })]);
    const conclave = module.get(ConclaveService);
    expect(conclave.id).toBe("web-1");
    expect(conclave.client.sessionTimeoutMs).toBe(5_000);
    await module.close();
    expect(conclave.client.state).toBe("closed");
  });

  it("uses a given client, and does not close it", async () => {
    const client: ZooKeeper = await connect(servers, PATIENT_SESSION);
    const module = await start([ConclaveModule.forRoot({ client, logger })]);
    expect(module.get(ConclaveService).client).toBe(client);
    await module.close();
    expect(client.state).toBe("connected");
    await client.close();
  });

  describe("forRootAsync", () => {
    let made = 0;

    @Injectable()
    class Settings implements ConclaveOptionsFactory {
      constructor() {
        made++;
      }

      createConclaveOptions(): ConclaveOptions {
        return { servers, logger, id: "from settings" };
      }
    }

    @Module({ providers: [Settings], exports: [Settings] })
    class SettingsModule {}

    it("calls a factory with injected providers", async () => {
      const module = await start([
        ConclaveModule.forRootAsync({
          imports: [SettingsModule],
          inject: [Settings],
          useFactory: async (settings: Settings) => settings.createConclaveOptions(),
        }),
      ]);
      expect(module.get(ConclaveService).id).toBe("from settings");
    });

    it("makes an instance of an options class", async () => {
      const module = await start([ConclaveModule.forRootAsync({ useClass: Settings })]);
      expect(module.get(ConclaveService).id).toBe("from settings");
    });

    it("uses an existing provider, and makes no second one", async () => {
      made = 0;
      const module = await start([ConclaveModule.forRootAsync({ imports: [SettingsModule], useExisting: Settings })]);
      expect(module.get(ConclaveService).id).toBe("from settings");
      expect(made).toBe(1);
    });

    it("needs one of the three", () => {
      expect(() => ConclaveModule.forRootAsync({})).toThrow(TypeError);
    });
  });

  it("keeps connections of different names apart, in decorators too", async () => {
    const rival = await connect(`${servers}/billing`);
    await new LeaderElection(rival, { name: "jobs" }).campaign();
    const module = await start(
      [
        ConclaveModule.forRoot({ servers: `${servers}/jobs`, logger }),
        ConclaveModule.forRoot({ name: "billing", servers: `${servers}/billing`, logger }),
      ],
      TwoSided,
    );
    const two = module.get(TwoSided);
    expect(two.billing).toBe(module.get(getConclaveToken("billing")));
    expect(two.billing.client.chroot).toBe(`${ensemble.root}/billing`);
    await eventually(() => two.here() === "ran");
    await eventually(async () => (await two.billing.election("jobs").participants()).length === 2);
    expect(two.there()).toBeUndefined();
    expect(await two.locked()).toBe("ran");
    const grant = await new Mutex(rival, { name: "jobs" }).acquire();
    await expect(two.locked()).rejects.toThrow(BusyError);
    await grant.release();
    await module.get(ConclaveService).client.sync("/");
    expect(await module.get(ConclaveService).election("jobs").participants()).toHaveLength(1);
    await rival.close();
  });

  it("is available in all modules, unless global is false", async () => {
    const local = ConclaveModule.forRoot({ servers, logger, global: false });
    @Module({ providers: [Jobs] })
    class Feature {}
    await expect(start([local, { module: Feature }])).rejects.toThrow(/can't resolve dependencies/);
  });

  it("writes to the log of the app by default", async () => {
    const lines: string[] = [];
    const log = (message: string, context: string): void => void lines.push(`${context}: ${message}`);
    Logger.overrideLogger({ log, error: log, warn: log, debug: log });
    const module = await Test.createTestingModule({
      imports: [ConclaveModule.forRoot({ servers, ...PATIENT_SESSION })],
      providers: [TwoSidedLess],
    })
      .setLogger({ log, error: log, warn: log, debug: log })
      .compile();
    modules.push(module);
    await module.init();
    await eventually(() => /^Conclave: elected leader of quiet \(fencingToken: \d+\)$/m.test(lines.join("\n")));
    Logger.overrideLogger(false);
  });
});

@Injectable()
class TwoSidedLess {
  @LeaderOnly("quiet")
  run(): void {}
}

it("fails the start of an app that reaches no server in time", async () => {
  const module = Test.createTestingModule({
    imports: [ConclaveModule.forRoot({ servers: "127.0.0.1:1", connectTimeoutMs: 200, logger })],
  });
  await expect(module.compile()).rejects.toMatchObject({ code: "OPERATION_TIMEOUT" });
});
