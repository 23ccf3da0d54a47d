/*
 * Defects of other libraries' decorators, D4 to D9 of the list in docs/reference/nestjs.md. The same check runs on all of our
 * decorators, and on a naive decorator that has the defect: there it has to fail.
 */
import { connect, type ZooKeeper } from "@conclave/client";
import { LeaderElection, Mutex, ReadWriteLock, Semaphore as SemaphoreRecipe } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import {
  applyDecorators,
  Controller,
  Get,
  type INestApplication,
  Module,
  NotFoundException,
  type OnModuleInit,
  type Type,
} from "@nestjs/common";
import { ModuleRef } from "@nestjs/core";
import { Cron, ScheduleModule, SchedulerRegistry } from "@nestjs/schedule";
import { Test } from "@nestjs/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  ConclaveModule,
  ConclaveService,
  currentGrant,
  LeaderOnly,
  Locked,
  ReadLocked,
  Semaphore,
  WriteLocked,
} from "../index.js";

const ONCE_A_YEAR = "0 0 1 1 *";

/** `free`: a lock that this app is granted. `taken`: one that another client holds, so that the method must not run. */
const guards: readonly (readonly [string, free: MethodDecorator, taken: MethodDecorator])[] = [
  ["@LeaderOnly", LeaderOnly("free"), LeaderOnly("taken")],
  ["@Locked", Locked("free"), Locked("taken", { otherwise: "skip" })],
  ["@ReadLocked", ReadLocked("free"), ReadLocked("taken", { otherwise: "skip" })],
  ["@WriteLocked", WriteLocked("free"), WriteLocked("taken", { otherwise: "skip" })],
  ["@Semaphore", Semaphore("free", { permits: 1 }), Semaphore("taken", { permits: 1, otherwise: "skip" })],
];

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A decorator as one writes it first: a new function in a new descriptor. */
const naive =
  (replace: (method: Method) => Method) =>
  (_prototype: object, _key: string | symbol, descriptor: PropertyDescriptor): PropertyDescriptor => ({
    ...descriptor,
    value: replace(descriptor.value as Method),
  });
const asIs = naive(
  (method) =>
    async (...args) =>
      method(...args),
) as MethodDecorator;
const never = naive(() => async () => undefined) as MethodDecorator;

describeOnEachEnsemble("a defect of other libraries", (ensemble: EnsembleUnderTest) => {
  let servers = "";
  let other: ZooKeeper;
  let app: INestApplication | undefined;

  const start = async (type: Type, ...modules: Type[]): Promise<INestApplication> => {
    const nothing = (): void => {};
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    const module = await Test.createTestingModule({
      imports: [ConclaveModule.forRoot({ servers, logger, ...PATIENT_SESSION }), ScheduleModule.forRoot(), ...modules],
      controllers: [type],
    }).compile();
    const made = module.createNestApplication({ logger: false });
    app = made;
    await made.listen(0, "127.0.0.1");
    await eventually(() => made.get(ConclaveService).election("free").current);
    return made;
  };
  const get = async (path: string): Promise<string> => {
    const response = await fetch(`${await app?.getUrl()}/${path}`);
    return `${response.status} ${await response.text()}`;
  };

  /** Makes the app a candidate, whatever decorates the methods of a test. */
  class Candidate {
    @LeaderOnly("free")
    @LeaderOnly("taken")
    stand(): void {}
  }

  beforeAll(async () => {
    await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    servers = `${ensemble.connectString()}${await zk.create(ensemble.root)}`;
    other = await connect(servers, PATIENT_SESSION);
    await new LeaderElection(other, { name: "taken" }).campaign();
    await new Mutex(other, { name: "taken" }).acquire();
    await new ReadWriteLock(other, { name: "taken" }).write.acquire();
    await new SemaphoreRecipe(other, { name: "taken", permits: 1 }).acquire();
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });
  afterAll(() => other?.close());

  describe("D4: an error of the method arrives as another error, and a 404 as a 500", () => {
    const look = async (guard: MethodDecorator): Promise<void> => {
      const error = new NotFoundException("no such report");
      @Controller()
      class Reports extends Candidate {
        @Get("missing")
        @guard
        async missing(): Promise<void> {
          throw error;
        }
      }
      const reports = (await start(Reports)).get(Reports);
      expect(await reports.missing().catch((thrown: unknown) => thrown)).toBe(error);
      expect(await get("missing")).toMatch(/^404 .*no such report/);
    };
    it.each(guards)("does not occur with %s", (_name, free) => look(free));
    it("is detected on a decorator that wraps errors", async () => {
      const wraps = naive((method) => async (...args) => {
        try {
          return await method(...args);
        } catch (cause) {
          throw new Error("failed under the lock", { cause });
        }
      }) as MethodDecorator;
      await expect(look(wraps)).rejects.toThrow("Object.is equality");
    });
  });

  describe("D5: the signal never reaches the method", () => {
    const look = async (guard: MethodDecorator): Promise<void> => {
      @Controller()
      class Reports extends Candidate {
        @guard
        async signal(): Promise<AbortSignal> {
          await Promise.resolve();
          return currentGrant().signal;
        }
      }
      expect(await (await start(Reports)).get(Reports).signal()).toBeInstanceOf(AbortSignal);
    };
    it.each(guards)("does not occur with %s", (_name, free) => look(free));
    it("is detected on a decorator that keeps it", async () => {
      await expect(look(asIs)).rejects.toThrow("outside of a method");
    });
  });

  describe("D6: a lock above @Cron loses the cron", () => {
    const look = async (guard: MethodDecorator): Promise<void> => {
      @Controller()
      class Reports extends Candidate {
        ran = 0;

        @guard
        @Cron(ONCE_A_YEAR, { name: "nightly" })
        nightly(): void {
          this.ran++;
        }
      }
      const made = await start(Reports);
      made.get(SchedulerRegistry).getCronJob("nightly").fireOnTick();
      await eventually(() => made.get(Reports).ran === 1);
    };
    it.each(guards)("does not occur with %s", (_name, free) => look(free));
    it("is detected on a decorator that leaves the metadata behind", async () => {
      await expect(look(asIs)).rejects.toThrow("No Cron Job was found");
    });
  });

  describe("D7: a lock above @Get loses the route", () => {
    const look = async (guard: MethodDecorator): Promise<void> => {
      @Controller()
      class Reports extends Candidate {
        @guard
        @Get("report")
        report(): string {
          return "ran";
        }
      }
      await start(Reports);
      expect(await get("report")).toBe("200 ran");
    };
    it.each(guards)("does not occur with %s", (_name, free) => look(free));
    it("is detected on a decorator that leaves the metadata behind", async () => {
      await expect(look(asIs)).rejects.toThrow("404");
    });
  });

  describe("D8: a lock in applyDecorators has no effect", () => {
    const look = async (guard: MethodDecorator): Promise<void> => {
      const Composed = applyDecorators(Get("composed"), guard) as MethodDecorator;
      @Controller()
      class Reports extends Candidate {
        @Composed
        composed(): string {
          return "ran";
        }
      }
      await start(Reports);
      expect(await get("composed")).toBe("200 ");
    };
    it.each(guards)("does not occur with %s", (_name, _free, taken) => look(taken));
    it("is detected on a decorator that returns a new descriptor", async () => {
      await expect(look(never)).rejects.toThrow("200 ran");
    });
  });

  describe("D9: a schedule took the method before it was wrapped", () => {
    const look = async (guard: MethodDecorator, wrap: (reports: { nightly(): void }) => void = () => {}) => {
      @Controller()
      class Reports extends Candidate {
        ran = 0;
        asked = 0;

        @Cron(ONCE_A_YEAR, { name: "nightly" })
        @guard
        nightly(): void {
          this.ran++;
        }

        @Cron(ONCE_A_YEAR, { name: "after" })
        after(): void {
          this.asked++;
        }
      }
      @Module({})
      class Wrapper implements OnModuleInit {
        constructor(private readonly modules: ModuleRef) {}

        onModuleInit(): void {
          wrap(this.modules.get(Reports, { strict: false }));
        }
      }
      const made = await start(Reports, Wrapper);
      for (const name of ["nightly", "after"]) made.get(SchedulerRegistry).getCronJob(name).fireOnTick();
      await eventually(() => made.get(Reports).asked === 1);
      // Requests for the lock after the tick are answered after it.
      expect(await new Mutex(made.get(ConclaveService).client, { name: "taken" }).tryAcquire()).toBeUndefined();
      expect(made.get(Reports).ran).toBe(0);
    };
    it.each(guards)("does not occur with %s", (_name, _free, taken) => look(taken));
    it("is detected on a module that wraps methods in onModuleInit", async () => {
      const plain: MethodDecorator = () => {};
      const wrap = (reports: { nightly(): void }): void => {
        reports.nightly = () => {};
      };
      await expect(look(plain, wrap)).rejects.toThrow("expected 1 to be +0");
    });
  });
});
