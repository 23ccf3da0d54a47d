import { connect, type ZooKeeper } from "@conclave/client";
import { Mutex } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { Controller, Get, type INestApplication, Injectable, Param } from "@nestjs/common";
import { Cron, ScheduleModule, SchedulerRegistry } from "@nestjs/schedule";
import { Test } from "@nestjs/testing";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { BusyError, ConclaveModule, ConclaveService, currentGrant, Locked } from "../index.js";

const events: string[] = [];

@Injectable()
class Ledger {
  finish = (): void => {};

  @Locked("ledger")
  async write(text: string): Promise<string> {
    events.push(`begins ${text}`);
    await new Promise<void>((resolve) => {
      this.finish = resolve;
    });
    const standing = !currentGrant().signal.aborted;
    events.push(`ends ${text}`);
    return `${text} ${standing} ${await this.close(text)}`;
  }

  /** Called during the shutdown by a method that still runs. */
  @Locked((text: string) => `close-${text}`)
  async close(_text: string): Promise<string> {
    return "closed";
  }

  onModuleDestroy(): void {
    events.push("onModuleDestroy");
  }

  beforeApplicationShutdown(): void {
    events.push("beforeApplicationShutdown");
  }

  onApplicationShutdown(): void {
    events.push("onApplicationShutdown");
  }
}

@Controller()
class Routes {
  constructor(private readonly ledger: Ledger) {}

  @Get(":text")
  write(@Param("text") text: string): Promise<string> {
    return this.ledger.write(text);
  }
}

@Injectable()
class Nightly {
  constructor(private readonly ledger: Ledger) {}

  @Cron("0 0 1 1 *", { name: "nightly" })
  async run(): Promise<void> {
    await this.ledger.write("nightly").catch((error: unknown) => {
      events.push(error instanceof BusyError ? "nightly gave up" : String(error));
    });
  }
}

describeOnEachEnsemble("an app that shuts down", (ensemble: EnsembleUnderTest) => {
  let zk: ZooKeeper;
  let app: INestApplication;
  let mutex: Mutex;
  let count = 0;

  const waiting = async (): Promise<number> => {
    await zk.sync("/");
    return (await mutex.contenders()).length;
  };

  beforeAll(async () => {
    await using first = await connect(ensemble.connectString(), PATIENT_SESSION);
    await first.create(ensemble.root);
  });
  beforeEach(async () => {
    events.length = 0;
    await using first = await connect(ensemble.connectString(), PATIENT_SESSION);
    const servers = `${ensemble.connectString()}${await first.create(`${ensemble.root}/${count++}`)}`;
    zk = await connect(servers, PATIENT_SESSION);
    mutex = new Mutex(zk, { name: "ledger" });
    const nothing = (): void => {};
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    const module = await Test.createTestingModule({
      imports: [ScheduleModule.forRoot(), ConclaveModule.forRoot({ servers, logger, ...PATIENT_SESSION })],
      controllers: [Routes],
      providers: [Ledger, Nightly],
    }).compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, "127.0.0.1");
  });
  afterEach(() => zk.close());

  it("answers requests that wait for a lock before the session is closed", async () => {
    const grant = await mutex.acquire();
    const response = fetch(`${await app.getUrl()}/a`, { headers: { connection: "close" } }).then((each) => each.text());
    await eventually(async () => (await waiting()) === 2);
    const closing = app.close();
    await eventually(() => events.includes("beforeApplicationShutdown"));
    await grant.release();
    await eventually(() => events.includes("begins a"));
    expect(app.get(ConclaveService).client.state).toBe("connected");
    app.get(Ledger).finish();
    expect(await response).toBe("a true closed");
    await closing;
    expect(events).toEqual([
      "onModuleDestroy",
      "beforeApplicationShutdown",
      "begins a",
      "ends a",
      "onApplicationShutdown",
    ]);
    expect(app.get(ConclaveService).client.state).toBe("closed");
    expect(await waiting()).toBe(0);
  });

  it("waits for a running cron job, lets it acquire further locks, and holds its lock until then", async () => {
    app.get(SchedulerRegistry).getCronJob("nightly").fireOnTick();
    await eventually(() => events.includes("begins nightly"));
    const closing = app.close();
    await eventually(() => events.includes("onApplicationShutdown"));
    expect(await waiting()).toBe(1);
    expect(await mutex.tryAcquire()).toBeUndefined();
    app.get(Ledger).finish();
    await closing;
    expect(events.at(-1)).toBe("ends nightly");
    expect(await waiting()).toBe(0);
  });

  it("gives up the wait of a cron job for a lock", async () => {
    const grant = await mutex.acquire();
    app.get(SchedulerRegistry).getCronJob("nightly").fireOnTick();
    await eventually(async () => (await waiting()) === 2);
    await app.close();
    expect(events).toContain("nightly gave up");
    expect(await waiting()).toBe(1);
    await grant.release();
  });

  it("grants nothing after the shutdown", async () => {
    await app.close();
    await expect(app.get(Ledger).write("late")).rejects.toThrow(BusyError);
  });
});
