import { connect, type ZooKeeper } from "@conclave/client";
import { GrantLostError, LeaderElection, type Leadership } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { type INestApplicationContext, Injectable, Scope, type Type } from "@nestjs/common";
import { Test } from "@nestjs/testing";
import { afterEach, beforeAll, expect, it } from "vitest";
import { ConclaveModule, ConclaveService, currentGrant, LeaderOnly, OnElected, OnRevoked } from "../index.js";

const election = "reports";

@Injectable()
class Reports {
  readonly events: string[] = [];
  running: Promise<void> | undefined;
  finish = (): void => {};

  @OnElected(election)
  elected(leadership: Leadership): void {
    this.events.push(`elected ${leadership.id}`);
    if (currentGrant() !== leadership) throw new Error("the grant is another one");
  }

  @OnRevoked(election)
  async revoked({ signal }: Leadership): Promise<void> {
    await Promise.resolve();
    this.events.push(`revoked ${(signal.reason as GrantLostError).code}`);
  }

  @LeaderOnly(election)
  run(): Promise<void> {
    return new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  onModuleDestroy(): void {
    this.events.push("destroyed");
  }

  onApplicationShutdown(): void {
    this.events.push("shut down");
  }
}

/** Has no decorators, and reads the election. */
@Injectable()
class Viewer {
  constructor(readonly conclave: ConclaveService) {}
}

@Injectable()
class Clumsy {
  @OnElected(election)
  elected(): void {
    throw new Error("no paper");
  }
}

@Injectable()
class Tireless {
  ended = false;

  @OnElected(election)
  async work({ signal }: Leadership): Promise<void> {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    this.ended = true;
  }
}

@Injectable({ scope: Scope.REQUEST })
class Scoped {
  @OnElected(election)
  elected(): void {}

  @LeaderOnly(election)
  run(): void {}
}

@Injectable()
class Nameless {
  @LeaderOnly("")
  run(): void {}
}

describeOnEachEnsemble("a candidate", (ensemble: EnsembleUnderTest) => {
  const apps: INestApplicationContext[] = [];
  const clients: ZooKeeper[] = [];
  const warnings: string[] = [];
  let servers = "";
  let count = 0;

  const log = (line: string, fields?: unknown): void => void warnings.push(`${line} ${String(fields)}`);
  const logger = { debug: () => {}, info: () => {}, warn: log, error: log };

  const start = async (id: string, ...providers: Type[]): Promise<INestApplicationContext> => {
    const module = await Test.createTestingModule({
      imports: [ConclaveModule.forRoot({ servers, id, logger, connect: { sessionTimeoutMs: 40_000 } })],
      providers,
    }).compile();
    module.useLogger(false);
    // After a start that failed, NestJS 11 does not call the hooks of the shutdown.
    const client = module.get(ConclaveService).client;
    await module.init().catch((error: unknown) => client.close().then(() => Promise.reject(error)));
    apps.push(module);
    return module;
  };
  const observer = async (): Promise<LeaderElection> => {
    const zk = await connect(servers, PATIENT_SESSION);
    clients.push(zk);
    // Its server may be late, compared with that of the apps.
    await zk.sync("/");
    return new LeaderElection(zk, { name: election });
  };
  const leads = (app: INestApplicationContext): Promise<Leadership> =>
    until(() => app.get(ConclaveService).election(election).current ?? Promise.reject(new Error("does not lead")));

  beforeAll(async () => {
    const zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(ensemble.root);
    await zk.close();
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await Promise.all(clients.splice(0).map((zk) => zk.close()));
    warnings.length = 0;
  });
  const test = (name: string, body: () => Promise<void>): void =>
    it(name, async () => {
      const zk = await connect(ensemble.connectString(), PATIENT_SESSION);
      await zk.create(`${ensemble.root}/${count}`);
      await zk.close();
      servers = `${ensemble.connectString()}${ensemble.root}/${count++}`;
      await body();
    });

  test("is a candidate because a decorator names the election, and leads after the leader has left", async () => {
    const first = await start("a", Reports);
    const a = await leads(first);
    const second = await start("b", Reports);
    const watcher = await observer();
    await until(async () => expect(await watcher.participants()).toHaveLength(2));
    expect(second.get(Reports).events).toEqual([]);
    expect(second.get(Reports).run()).toBeUndefined();
    await first.close();
    const b = await leads(second);
    expect(b.fencingToken > a.fencingToken).toBe(true);
    expect(first.get(Reports).events).toEqual(["elected a", "destroyed", "revoked RELEASED", "shut down"]);
    await until(() => expect(second.get(Reports).events).toEqual(["elected b"]));
  });

  test("is no candidate without a decorator, and can still read which process leads", async () => {
    const viewer = (await start("viewer", Viewer)).get(Viewer);
    expect(await viewer.conclave.election(election).leader()).toBeUndefined();
    const leader = await start("a", Reports);
    await leads(leader);
    await viewer.conclave.client.sync("/");
    expect((await viewer.conclave.election(election).leader())?.id).toBe("a");
    expect((await viewer.conclave.election(election).participants()).map(({ id }) => id)).toEqual(["a"]);
    expect(viewer.conclave.election(election).current).toBeUndefined();
  });

  test("is no candidate before the app is initialised", async () => {
    const module = await Test.createTestingModule({
      imports: [ConclaveModule.forRoot({ servers, logger, ...PATIENT_SESSION })],
      providers: [Reports],
    }).compile();
    apps.push(module);
    expect(module.get(Reports).run()).toBeUndefined();
    expect(await (await observer()).participants()).toEqual([]);
  });

  test("aborts the signal of a running method, and is a candidate again when the method has ended", async () => {
    const app = await start("a", Reports);
    const reports = app.get(Reports);
    const first = await leads(app);
    const running = reports.run();
    const watcher = await observer();
    await (clients.at(-1) as ZooKeeper).delete(first.path);
    await until(() => expect(first.signal.reason).toMatchObject({ code: "GONE" }));
    await until(() => expect(reports.events).toEqual(["elected a", "revoked GONE"]));
    await clients.at(-1)?.sync("/");
    expect(await watcher.participants()).toEqual([]);
    reports.finish();
    await running;
    const second = await leads(app);
    expect(second.fencingToken > first.fencingToken).toBe(true);
  });

  test("waits for a running method when the app shuts down, and leads until then", async () => {
    const app = await start("a", Reports);
    const reports = app.get(Reports);
    const leadership = await leads(app);
    const running = reports.run();
    const closing = app.close();
    await until(() => expect(leadership.signal.aborted).toBe(true));
    expect(reports.run()).toBeUndefined();
    expect((await (await observer()).leader())?.id).toBe("a");
    expect(reports.events).not.toContain("shut down");
    expect(app.get(ConclaveService).client.state).toBe("connected");
    reports.finish();
    await running;
    await closing;
    expect(app.get(ConclaveService).client.state).toBe("closed");
    expect(await (await observer()).participants()).toEqual([]);
  });

  test("lets @OnElected work for as long as it leads", async () => {
    const app = await start("a", Tireless);
    await leads(app);
    await app.close();
    expect(app.get(Tireless).ended).toBe(true);
  });

  test("keeps leading when @OnElected fails, and logs the error", async () => {
    const app = await start("a", Clumsy, Reports);
    const leadership = await leads(app);
    await until(() => expect(warnings.some((line) => line.startsWith("Clumsy.elected failed"))).toBe(true));
    expect(leadership.signal.aborted).toBe(false);
    await until(() => expect(app.get(Reports).events).toEqual(["elected a"]));
  });

  test("fails the start for an invalid election name", async () => {
    await expect(start("a", Nameless, Reports)).rejects.toThrow(TypeError);
    expect(await (await observer()).participants()).toEqual([]);
  });

  test("is a candidate for a method of a request-scoped class, and warns of a handler without an instance", async () => {
    const app = await start("a", Scoped);
    await leads(app);
    expect(warnings).toEqual([
      `@OnElected("${election}") on Scoped.elected is never called: Scoped must be a singleton undefined`,
    ]);
  });
});

const until = async <T>(condition: () => T | Promise<T>): Promise<T> =>
  (await eventually(async () => ({ value: await condition() }))).value;
