import { connect, type ZooKeeper } from "@conclave/client";
import { Group, LeaderElection, Mutex, ReadWriteLock, Semaphore } from "@conclave/recipes";
import { type Clock, type Meter, systemClock } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { type DynamicModule, Injectable, Module } from "@nestjs/common";
import { Test, type TestingModule } from "@nestjs/testing";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Memberships } from "../discovery/memberships.js";
import {
  type ConclaveFeatures,
  ConclaveModule,
  ConclaveService,
  InjectElection,
  InjectGroup,
  InjectMutex,
  InjectReadWriteLock,
  InjectSemaphore,
} from "../index.js";

@Injectable()
class Desk {
  constructor(
    @InjectElection("head") readonly election: LeaderElection,
    @InjectMutex("drawer") readonly mutex: Mutex,
    @InjectReadWriteLock("book") readonly lock: ReadWriteLock,
    @InjectSemaphore("chairs") readonly semaphore: Semaphore,
    @InjectGroup("staff") readonly group: Group,
  ) {}
}

@Module({
  imports: [
    ConclaveModule.forFeature({
      elections: ["head"],
      mutexes: ["drawer"],
      readWriteLocks: ["book"],
      semaphores: [{ name: "chairs", permits: 2 }],
      groups: [{ name: "staff" }],
    }),
  ],
  providers: [Desk],
})
class Office {}

describeOnEachEnsemble("forFeature", (ensemble: EnsembleUnderTest) => {
  let zk: ZooKeeper;
  const log: string[] = [];
  const apps: TestingModule[] = [];
  let count = 0;
  let servers = "";

  const start = async (...imports: (DynamicModule | typeof Office)[]): Promise<TestingModule> => {
    const app = await Test.createTestingModule({ imports }).compile();
    app.useLogger(false);
    apps.push(app);
    return app.init();
  };
  const connection = (name?: string): DynamicModule => {
    const note = (line: string): void => void log.push(line);
    const logger = { debug: () => {}, info: () => {}, warn: note, error: note };
    return ConclaveModule.forRoot({ ...(name !== undefined && { name }), servers, id: "me", logger });
  };
  const joining = (join: NonNullable<ConclaveFeatures["groups"]>[number]["join"], name?: string): DynamicModule =>
    ConclaveModule.forFeature({ connection: name, groups: [{ name: "staff", join }] });
  const staff = async (): Promise<unknown[]> => {
    await zk.sync("/");
    return (await new Group(zk, { name: "staff" }).members()).map(({ id, data }) => [id, data]);
  };

  beforeAll(async () => {
    await using first = await connect(ensemble.connectString(), PATIENT_SESSION);
    await first.create(ensemble.root);
  });
  beforeEach(async () => {
    log.length = 0;
    await using first = await connect(ensemble.connectString(), PATIENT_SESSION);
    servers = `${ensemble.connectString()}${await first.create(`${ensemble.root}/${count++}`)}`;
    zk = await connect(servers, PATIENT_SESSION);
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await zk.close();
  });

  it("gives a module the recipes that it lists, on the app's connection", async () => {
    const app = await start(connection(), Office);
    const desk = app.get(Desk, { strict: false });
    expect(desk.election).toBe(app.get(ConclaveService).election("head"));
    const grants = [await desk.mutex.acquire(), await desk.lock.read.acquire(), await desk.semaphore.acquire()];
    expect((await desk.mutex.contenders()).map(({ id }) => id)).toEqual(["me"]);
    expect(desk.semaphore.permits).toBe(2);
    expect(await desk.group.members()).toEqual([]);
    for (const grant of grants) await grant.release();
  });

  it("joins a group when the app starts, and leaves it when it ends", async () => {
    const app = await start(connection(), joining({ data: { port: 80 } }));
    await eventually(staff, { until: ({ length }) => length === 1 });
    expect(await staff()).toEqual([["me", { port: 80 }]]);
    await app.close();
    expect(await staff()).toEqual([]);
  });

  it("joins with its own id and the data of a function, on a named connection", async () => {
    await start(connection("billing"), joining({ id: "web-1", data: () => "at bootstrap" }, "billing"));
    await eventually(staff, { until: ({ length }) => length === 1 });
    expect(await staff()).toEqual([["web-1", "at bootstrap"]]);
  });

  it("does not delay the start while another session has its id, and joins when that has left", async () => {
    const other = await new Group(zk, { name: "staff" }).join({ id: "me", data: "other" });
    await start(connection(), joining({ data: "own" }));
    expect(await staff()).toEqual([["me", "other"]]);
    await other.leave();
    await eventually(async () => JSON.stringify(await staff()) === '[["me","own"]]');
  });

  it("stops waiting for its id when the app ends", async () => {
    const other = await new Group(zk, { name: "staff" }).join({ id: "me", data: "other" });
    const app = await start(connection(), joining({ data: "own" }));
    await app.close();
    expect(await staff()).toEqual([["me", "other"]]);
    await other.leave();
    expect(await staff()).toEqual([]);
    expect(log).toEqual([]);
  });

  it("leaves a group when the app ends in any step of joining", async () => {
    let onReply = (): void => {};
    const meter: Meter = {
      count: () => {},
      gauge: () => {},
      observe: (_name, _value, labels) => labels?.operation === "exists" && onReply(),
    };
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    // The client stays open: nothing but leaving removes the member.
    await using client = await connect(servers, { meter });
    const conclave = (await start(ConclaveModule.forRoot({ client, id: "me", logger }))).get(ConclaveService);
    await new Group(zk, { name: "staff" }).join({ id: "other", data: 1 });
    // The last answer to a join in a group that is there is to `exists`. Some steps later, the join resolves.
    for (let steps = 0; steps < 40; steps++) {
      const memberships = new Memberships(conclave, [{ name: "staff", join: { data: 1 } }]);
      const ended = new Promise<void>((resolve) => {
        onReply = async () => {
          onReply = () => {};
          for (let step = 0; step < steps; step++) await Promise.resolve();
          resolve(memberships.onModuleDestroy());
        };
      });
      memberships.onApplicationBootstrap();
      await ended;
      expect([steps, await staff()]).toEqual([steps, [["other", 1]]]);
    }
  });

  it("logs an error when it cannot join", async () => {
    await start(connection(), joining({ id: "a/b" }));
    await eventually(() => log.includes("cannot join the group staff"));
  });

  describe("when another session has the id", () => {
    const startJoining = async (clock: Clock): Promise<[Memberships, ConclaveService]> => {
      const conclave = (await start(connection())).get(ConclaveService);
      const memberships = new Memberships(conclave, [{ name: "staff", join: { data: "own" } }], clock);
      memberships.onApplicationBootstrap();
      return [memberships, conclave];
    };

    it("warns after two seconds, with the id, and says what to do", async () => {
      const other = await new Group(zk, { name: "staff" }).join({ id: "me", data: "other" });
      const due: (() => void)[] = [];
      const delays: number[] = [];
      const [memberships] = await startJoining({
        ...systemClock,
        setTimer: (delayMs, callback) => {
          delays.push(delayMs);
          due.push(callback);
          return { cancel: () => {} };
        },
      });
      expect(delays).toEqual([2_000]);
      for (const fire of due) fire();
      await eventually(() => log.length > 0);
      expect(log).toEqual([
        expect.stringContaining("another session has the id me. If that is another process, give each"),
      ]);
      await memberships.onModuleDestroy();
      await other.leave();
    });

    it("does not warn when the app has the id itself", async () => {
      const due: (() => void)[] = [];
      const [memberships, conclave] = await startJoining({
        ...systemClock,
        setTimer: (_delayMs, callback) => {
          due.push(callback);
          return { cancel: () => {} };
        },
      });
      await eventually(staff, { until: ({ length }) => length === 1 });
      for (const fire of due) fire();
      // The look of the timer is answered before this one, on the same connection.
      await conclave.group("staff").members();
      await conclave.client.sync("/");
      await memberships.onModuleDestroy();
      expect(log).toEqual([]);
    });
  });

  it("joins once when two modules join the same group, and warns of the second", async () => {
    await start(connection(), joining({ data: "first" }), joining({ data: "second" }));
    await eventually(staff, { until: ({ length }) => length === 1 });
    expect(log).toEqual([expect.stringContaining("joins the group staff twice with the id me")]);
    const [[, data] = []] = (await staff()) as [string, string][];
    expect(["first", "second"]).toContain(data);
  });

  it("gives each app a default id of its own, so that two apps in one process both join", async () => {
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const own = (): DynamicModule => ConclaveModule.forRoot({ servers, logger, ...PATIENT_SESSION });
    const [one, two] = [await start(own(), joining({ data: 1 })), await start(own(), joining({ data: 2 }))];
    await eventually(staff, { until: ({ length }) => length === 2 });
    const ids = [one, two].map((app) => app.get(ConclaveService).id);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(new RegExp(`^.+:${process.pid}-[0-9a-f]{8}$`));
  });
});
