import { LeaderElection } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeReplicas } from "@conclave/verification/replicas";
import type { DynamicModule, FactoryProvider } from "@nestjs/common";
import { Injectable } from "@nestjs/common";
import { Cron, Interval, ScheduleModule, SchedulerRegistry, Timeout } from "@nestjs/schedule";
import { Test, type TestingModule } from "@nestjs/testing";
import { expect, it } from "vitest";
import { ConclaveModule, type ConclaveOptions, ConclaveService, currentGrant, type ScheduleOptions } from "../index.js";

const ONCE_A_YEAR = "0 0 1 1 *";

/** Methods that know nothing of Conclave. */
@Injectable()
class Jobs {
  readonly runs: string[] = [];
  readonly tokens: bigint[] = [];
  readonly signals: AbortSignal[] = [];

  @Cron(ONCE_A_YEAR, { name: "report" })
  async report(): Promise<void> {
    await Promise.resolve();
    const { fencingToken, signal } = currentGrant();
    this.tokens.push(fencingToken);
    this.signals.push(signal);
    this.runs.push("report");
  }

  @Interval("often", 10)
  often(): void {
    this.runs.push("often");
  }

  @Timeout("late", 1_000_000)
  late(): void {}

  @Interval("heartbeat", 10)
  heartbeat(): void {
    this.runs.push("heartbeat");
  }

  @Cron(ONCE_A_YEAR)
  fails(): void {
    throw new Error("a job without a name, which never runs in this test");
  }
}

/** A provider whose class Nest does not know, with a schedule of its own. */
class Made {
  ticks = 0;

  @Interval("made", 10)
  tick(): void {
    this.ticks++;
  }
}

const made: FactoryProvider<Made> = { provide: "made", useFactory: () => new Made() };

describeReplicas("ConclaveModule.forSchedule", (replicas) => {
  const warnings: string[] = [];

  const startApp = async (
    connection: Pick<ConclaveOptions, "onSuspended"> & { client: NonNullable<ConclaveOptions["client"]> },
    options: ScheduleOptions,
    order: (schedule: DynamicModule, conclave: DynamicModule, led: DynamicModule) => DynamicModule[],
  ): Promise<{ app: TestingModule; jobs: Jobs; made: Made }> => {
    const nothing = (): void => {};
    const logger = { debug: nothing, info: nothing, warn: (text: string) => void warnings.push(text), error: nothing };
    const module = await Test.createTestingModule({
      imports: order(
        ScheduleModule.forRoot(),
        ConclaveModule.forRoot({ ...connection, logger }),
        ConclaveModule.forSchedule(options),
      ),
      providers: [Jobs, made],
    }).compile();
    module.useLogger(false);
    const app = replicas.closeAfter(await module.init(), (opened) => opened.close());
    return { app, jobs: app.get(Jobs), made: app.get("made") };
  };
  const allOf: Parameters<typeof startApp>[2] = (...modules) => modules;

  const fire = (app: TestingModule): void => app.get(SchedulerRegistry).getCronJob("report").fireOnTick() as never;
  const ran = (jobs: Jobs, name: string): number => jobs.runs.filter((each) => each === name).length;
  const leads = (app: TestingModule, election: string): Promise<unknown> =>
    eventually(() => app.get(ConclaveService).election(election).current);

  it.each([
    ["the module of the schedule first", allOf],
    ["the module of the schedule last", (schedule, ...others) => [...others.reverse(), schedule]],
  ] satisfies [string, typeof allOf][])(
    "runs jobs in the leading app only, except named ones, with %s",
    async (_, order) => {
      const options = { election: replicas.newName(), except: ["heartbeat"] };
      const first = await startApp({ client: await replicas.client() }, options, order);
      await leads(first.app, options.election);
      const second = await startApp({ client: await replicas.client() }, options, order);
      fire(first.app);
      fire(second.app);
      await eventually(() => ran(first.jobs, "report") === 1 && ran(first.jobs, "often") > 1 && first.made.ticks > 1);
      await eventually(() => ran(first.jobs, "heartbeat") > 1 && ran(second.jobs, "heartbeat") > 1);
      expect(new Set(second.jobs.runs)).toEqual(new Set(["heartbeat"]));
      expect(second.made.ticks).toBe(0);
      expect(first.jobs.tokens).toEqual([
        first.app.get(ConclaveService).election(options.election).current?.fencingToken,
      ]);

      // The next one leads as soon as the app is closed.
      await first.app.close();
      await leads(second.app, options.election);
      fire(second.app);
      await eventually(
        () => ran(second.jobs, "report") === 1 && ran(second.jobs, "often") > 0 && second.made.ticks > 0,
      );
      expect(second.jobs.tokens[0]).toBeGreaterThan(first.jobs.tokens[0] ?? 0n);
    },
  );

  it("tells a job that the session has expired, and lets another app run the schedule", async () => {
    const options = { election: replicas.newName() };
    const replica = await replicas.unstable();
    const first = await startApp({ client: replica.client, onSuspended: "keep" }, options, allOf);
    await leads(first.app, options.election);
    const second = await startApp({ client: await replicas.client() }, options, allOf);
    const election = new LeaderElection(await replicas.client(), { name: options.election });
    await eventually(async () => (await election.participants()).length === 2);
    fire(first.app);
    await eventually(() => ran(first.jobs, "report") === 1);
    expect(first.jobs.signals[0]?.aborted).toBe(false);
    await replica.expire();
    await leads(second.app, options.election);
    await eventually(() => first.jobs.signals[0]?.aborted);
    expect(first.jobs.signals[0]?.reason).toMatchObject({ code: "EXPIRED" });
    fire(first.app);
    fire(second.app);
    await eventually(() => ran(second.jobs, "report") === 1);
    expect(ran(first.jobs, "report")).toBe(1);
  });

  it("warns of a name that no job has", async () => {
    await startApp({ client: await replicas.client() }, { except: ["heartbeat", "hartbeat"] }, allOf);
    expect(warnings).toContain(
      'ConclaveModule.forSchedule: the app has no cron job, interval or timeout named "hartbeat"',
    );
  });

  it("does not let an app start without a schedule, or with two leaders of it", async () => {
    const connection = { client: await replicas.client() };
    await expect(startApp(connection, {}, (_schedule, ...others) => others)).rejects.toThrow(
      "ConclaveModule.forSchedule found no schedule: import ScheduleModule.forRoot()",
    );
    await expect(
      startApp(connection, {}, (...modules) => [...modules, ConclaveModule.forSchedule({ election: "other" })]),
    ).rejects.toThrow("ConclaveModule.forSchedule was called twice");
  });

  it("explains what is wrong with its options", () => {
    expect(() => ConclaveModule.forSchedule({ except: "heartbeat" } as never)).toThrow(
      'the option except must be a list of names, as in { except: ["heartbeat"] }',
    );
  });
});
