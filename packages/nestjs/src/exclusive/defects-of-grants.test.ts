/*
 * Defects of other libraries' grants, D1 to D3 and D10 to D12 of the list in
 * docs/reference/nestjs.md. If the defect can be written in a few lines, the same check has to fail on it.
 */
import { connect, type ZooKeeper } from "@conclave/client";
import { GrantLostError, Mutex } from "@conclave/recipes";
import { pause, systemClock } from "@conclave/runtime";
import * as kit from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { Injectable, type Type } from "@nestjs/common";
import { Test, type TestingModule } from "@nestjs/testing";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  ConclaveService,
  currentGrant,
  LeaderOnly,
  type Leadership,
  Locked,
  OnElected,
  OnRevoked,
  ReadLocked,
  Semaphore,
  WriteLocked,
} from "../index.js";
import { ConclaveTestingModule, TestEnsemble } from "../testing/index.js";

const { eventually } = kit;

/** Several times as long as a default lease. */
const LONG_MS = 500;

/** Decorators that let one call run at a time. */
const exclusive: readonly (readonly [string, MethodDecorator])[] = [
  ["@Locked", Locked("job")],
  ["@WriteLocked", WriteLocked("job")],
  ["@Semaphore", Semaphore("job", { permits: 1 })],
];
const all: typeof exclusive = [...exclusive, ["@LeaderOnly", LeaderOnly("job")], ["@ReadLocked", ReadLocked("job")]];

type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** Decorator that knows nothing of sessions. */
const naive = (replace: (method: Method) => Method): MethodDecorator =>
  ((_prototype: object, _key: string, descriptor: PropertyDescriptor) => {
    descriptor.value = replace(descriptor.value as Method);
  }) as MethodDecorator;

describeOnEachEnsemble("a defect of other libraries", (given: EnsembleUnderTest) => {
  const apps: TestingModule[] = [];
  let servers = "";
  let count = 0;
  let observer: ZooKeeper;

  const start = async <T extends object>(type: Type<T>): Promise<[T, TestEnsemble, ConclaveService]> => {
    const nothing = (): void => {};
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    const app = await Test.createTestingModule({
      imports: [ConclaveTestingModule.forRoot({ kit, servers, logger })],
      providers: [type],
    }).compile();
    app.useLogger(false);
    apps.push(await app.init());
    return [app.get(type), app.get(TestEnsemble), app.get(ConclaveService)];
  };
  const leads = (conclave: ConclaveService): Promise<Leadership | undefined> =>
    eventually(() => conclave.election("job").current);

  beforeAll(async () => {
    await using zk = await connect(given.connectString(), PATIENT_SESSION);
    await zk.create(given.root);
  });
  beforeEach(async () => {
    await using zk = await connect(given.connectString(), PATIENT_SESSION);
    servers = `${given.connectString()}${await zk.create(`${given.root}/${count++}`)}`;
    observer = await connect(servers, { sessionTimeoutMs: 40_000 });
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await observer.close();
  });

  describe("D1: work that takes longer than a default lease has two callers inside at once", () => {
    const look = async (guard: MethodDecorator): Promise<void> => {
      let [inside, most] = [0, 0];
      @Injectable()
      class Job {
        @guard
        async work(): Promise<void> {
          most = Math.max(most, ++inside);
          await pause(systemClock, LONG_MS);
          inside--;
        }
      }
      const [[one], [two]] = [await start(Job), await start(Job)];
      await Promise.all([one.work(), two.work()]);
      expect(most).toBe(1);
    };
    it("does not occur with @Locked, @WriteLocked and @Semaphore", async () => {
      await Promise.all(exclusive.map(([, guard]) => look(guard)));
    });
    it("is detected on a lock that runs out after 100 ms", async () => {
      let freeAt = 0;
      const leased = naive(
        (method) =>
          async function (...args) {
            while (systemClock.now() < freeAt) await pause(systemClock, 10);
            freeAt = systemClock.now() + 100;
            return method.apply(this, args);
          },
      );
      await expect(look(leased)).rejects.toThrow("expected 2 to be 1");
    });
  });

  describe("D2: an exclusive method that calls itself waits for itself", () => {
    const look = async (guard: MethodDecorator): Promise<void> => {
      @Injectable()
      class Job {
        @guard
        async count(down: number): Promise<number> {
          return down === 0 ? 0 : 1 + (await this.count(down - 1));
        }

        @LeaderOnly("job")
        stand(): void {}
      }
      const [job, , conclave] = await start(Job);
      await leads(conclave);
      expect(await job.count(3)).toBe(3);
    };
    it.each(all)("does not occur with %s", (_name, guard) => look(guard));
    it("is detected on a lock that does not know its holder", async () => {
      let isHeld = false;
      const blind = naive(
        (method) =>
          async function (...args) {
            if (isHeld) throw new Error("gave up after three attempts");
            isHeld = true;
            return method.apply(this, args);
          },
      );
      await expect(look(blind)).rejects.toThrow("gave up");
    });
  });

  describe("D3: a method whose grant is lost has its result replaced by an error", () => {
    const look = async (guard: MethodDecorator): Promise<void> => {
      let begin = (): void => {};
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      let end = (): void => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      @Injectable()
      class Job {
        @guard
        async work(): Promise<string> {
          begin();
          await ended;
          return "the result";
        }

        @LeaderOnly("job")
        stand(): void {}
      }
      const [job, ensemble, conclave] = await start(Job);
      await leads(conclave);
      const working = job.work();
      await begun;
      await ensemble.expire();
      end();
      expect(await working).toBe("the result");
    };
    it.each(all)("does not occur with %s", (_name, guard) => look(guard));
    it("is detected on a lock that throws when its release fails", async () => {
      const strict = naive(
        (method) =>
          async function (...args) {
            const { client } = apps.at(-1)!.get(ConclaveService);
            const { sessionId } = client;
            const result = await method.apply(this, args);
            if (client.sessionId !== sessionId) throw new Error("Failed to release lock");
            return result;
          },
      );
      await expect(look(strict)).rejects.toThrow("Failed to release lock");
    });
  });

  describe("D10: a lock outlives its holder, or is freed by a former holder", () => {
    @Injectable()
    class Job {
      finish = (): void => {};
      reason: unknown;
      readonly #finished = new Promise<void>((resolve) => {
        this.finish = resolve;
      });

      @Locked("job")
      async work(): Promise<void> {
        const { signal } = currentGrant();
        await this.#finished;
        this.reason = signal.reason;
      }
    }
    const holders = () => new Mutex(observer, { name: "job" }).contenders();

    it("does not occur with @Locked: its znode is an ephemeral of its session", async () => {
      const [job, , conclave] = await start(Job);
      const working = job.work();
      const [holder] = await eventually(holders, { until: ([first]) => first !== undefined });
      const stat = await observer.exists(holder!.path);
      expect([stat?.ephemeralOwner, holder!.fencingToken]).toEqual([conclave.client.sessionId, stat?.czxid]);
      job.finish();
      await working;
      await observer.sync("/");
      expect(await holders()).toEqual([]);
    });

    it("does not occur with @Locked: a process that was cut off does not free the lock of the next holder", async () => {
      const [[late, ensemble], [next]] = [await start(Job), await start(Job)];
      const first = late.work();
      const [lost] = await eventually(holders, { until: ([holder]) => holder !== undefined });
      const second = next.work();
      await eventually(holders, { until: ({ length }) => length === 2 });
      await ensemble.split();
      const [successor] = await eventually(holders, { until: ({ length }) => length === 1 });
      await ensemble.heal();
      late.finish();
      await first;
      expect(late.reason).toBeInstanceOf(GrantLostError);
      await observer.sync("/");
      expect(await holders()).toEqual([successor]);
      expect(successor!.fencingToken > lost!.fencingToken).toBe(true);
      next.finish();
      await second;
    });
  });

  describe("D11, D12: a leader does not notice its loss, and is never elected again", () => {
    @Injectable()
    class Job {
      readonly events: string[] = [];

      @OnElected("job")
      elected({ fencingToken }: Leadership): void {
        this.events.push(`elected ${fencingToken}`);
      }

      @OnRevoked("job")
      revoked({ fencingToken, signal }: Leadership): void {
        this.events.push(`revoked ${fencingToken} ${(signal.reason as GrantLostError).code}`);
      }
    }

    it("D11: notices every loss, and is elected again, however the session ends", async () => {
      const [job, ensemble, conclave] = await start(Job);
      const tokens: bigint[] = [];
      for (const lose of ["suspend", "expire", "split", "expire", "suspend"] as const) {
        const leadership = await leads(conclave);
        tokens.push(leadership!.fencingToken);
        await ensemble[lose]();
        await ensemble.heal();
        await eventually(() => job.events.some((event) => event.startsWith(`revoked ${leadership!.fencingToken} `)));
      }
      tokens.push((await leads(conclave))!.fencingToken);
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => (a < b ? -1 : 1)));
      await eventually(() => job.events.length === 2 * tokens.length - 1);
      expect(job.events.map((event) => event.split(" ", 2).join(" "))).toEqual(
        tokens.flatMap((token) => [`elected ${token}`, `revoked ${token}`]).slice(0, -1),
      );
    });

    it("D12: takes over from leaders that died, any number of times", async () => {
      const first = await start(Job);
      await leads(first[2]);
      const second = await start(Job);
      for (let round = 0; round < 2; round++) {
        for (const [[, ensemble, conclave], [, , successor]] of [[first, second] as const, [second, first] as const]) {
          await leads(conclave);
          await successor.client.sync("/");
          await eventually(async () => (await successor.election("job").participants()).length === 2);
          await ensemble.expire();
          await leads(successor);
        }
      }
      expect(first[0].events.filter((event) => event.startsWith("elected"))).toHaveLength(3);
    });
  });
});
