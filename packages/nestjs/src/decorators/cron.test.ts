import { connect, type ZooKeeper } from "@conclave/client";
import { LeaderElection, type Leadership } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { type INestApplicationContext, Injectable } from "@nestjs/common";
import { Cron, Interval, ScheduleModule, SchedulerRegistry, Timeout } from "@nestjs/schedule";
import { Test } from "@nestjs/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConclaveModule, ConclaveService, currentGrant, LeaderOnly } from "../index.js";

const ONCE_A_YEAR = "0 0 1 1 *";

@Injectable()
class Schedules {
  readonly runs: [name: string, token: bigint | undefined, argumentCount: number][] = [];

  @LeaderOnly("led")
  @Cron(ONCE_A_YEAR, { name: "above", waitForCompletion: true })
  async above(...given: unknown[]): Promise<void> {
    await Promise.resolve();
    this.ran("above", given);
  }

  @Cron(ONCE_A_YEAR, { name: "below" })
  @LeaderOnly("led")
  async below(...given: unknown[]): Promise<void> {
    await Promise.resolve();
    this.ran("below", given);
  }

  @LeaderOnly("foreign")
  @Cron(ONCE_A_YEAR, { name: "elsewhere" })
  elsewhere(): void {
    this.ran("elsewhere", []);
  }

  @LeaderOnly("led")
  @Interval("often", 20)
  often(): void {
    this.ran("often", []);
  }

  @Timeout("soon", 1)
  @LeaderOnly("foreign")
  soon(): void {
    this.ran("soon", []);
  }

  private ran(name: string, given: unknown[]): void {
    this.runs.push([name, currentGrant().fencingToken, given.length]);
  }
}

// The explorer of @nestjs/schedule takes methods in its own onModuleInit, before or after ours (D9).
describeOnEachEnsemble("@LeaderOnly on a schedule", (ensemble: EnsembleUnderTest) => {
  beforeAll(async () => {
    const zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(ensemble.root);
    await zk.close();
  });
  describe.each(["schedule", "conclave"])("with the module of %s first", (first) => suite(ensemble, first));
});

function suite(ensemble: EnsembleUnderTest, first: string): void {
  let app: INestApplicationContext;
  let other: ZooKeeper;
  let leadership: Leadership;

  beforeAll(async () => {
    other = await connect(ensemble.connectString(), PATIENT_SESSION);
    await other.create(`${ensemble.root}/${first}`);
    await other.close();
    const servers = `${ensemble.connectString()}${ensemble.root}/${first}`;
    other = await connect(servers, PATIENT_SESSION);
    await new LeaderElection(other, { name: "foreign" }).campaign();
    const nothing = (): void => {};
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    const [schedule, conclave] = [
      ScheduleModule.forRoot(),
      ConclaveModule.forRoot({ servers, logger, ...PATIENT_SESSION }),
    ];
    const module = await Test.createTestingModule({
      imports: first === "schedule" ? [schedule, conclave] : [conclave, schedule],
      providers: [Schedules],
    }).compile();
    module.useLogger(false);
    app = await module.init();
    leadership = await until(
      () => app.get(ConclaveService).election("led").current ?? Promise.reject(new Error("not yet")),
    );
  });
  afterAll(async () => {
    await app?.close();
    await other?.close();
  });

  it.each(["above", "below"])(
    "runs a cron job in the leading process, with the schedule's arguments, %s its decorator (D6)",
    async (name) => {
      app.get(SchedulerRegistry).getCronJob(name).fireOnTick();
      await until(() => expect(runsOf(name)).toHaveLength(1));
      expect(runsOf(name)[0]).toEqual([name, leadership.fencingToken, 1]);
    },
  );

  it("runs an interval in the leading process", async () => {
    const before = runsOf("often").length;
    await until(() => expect(runsOf("often").length).toBeGreaterThan(before + 1));
    expect(runsOf("often").at(-1)?.[1]).toBe(leadership.fencingToken);
  });

  it("skips a cron job and a timeout in a process that does not lead", async () => {
    app.get(SchedulerRegistry).getCronJob("elsewhere").fireOnTick();
    await until(() => expect(runsOf("often").length).toBeGreaterThan(1));
    expect([...runsOf("elsewhere"), ...runsOf("soon")]).toEqual([]);
  });

  it("skips when the app shuts down", async () => {
    const job = app.get(SchedulerRegistry).getCronJob("below");
    await app.close();
    const before = runsOf("below").length;
    job.fireOnTick();
    await Promise.resolve();
    expect(runsOf("below")).toHaveLength(before);
  });

  function runsOf(name: string): Schedules["runs"] {
    return app.get(Schedules).runs.filter(([each]) => each === name);
  }
}

const until = async <T>(condition: () => T | Promise<T>): Promise<T> =>
  (await eventually(async () => ({ value: await condition() }))).value;
