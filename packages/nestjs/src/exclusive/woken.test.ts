/*
 * A process that was stopped for longer than its session, and continues: before any timer fired or any socket was read, by a
 * clock that jumps. In the same synchronous step, nothing may be let in under the old grants.
 */
import { connect, type ZooKeeper } from "@conclave/client";
import { type GrantLostError, type Leadership, Mutex } from "@conclave/recipes";
import { type Meter, systemClock } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { Injectable, type Type } from "@nestjs/common";
import { TerminusModule } from "@nestjs/terminus";
import { Test, type TestingModule } from "@nestjs/testing";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ConclaveHealthIndicator } from "../health/index.js";
import {
  BusyError,
  ConclaveModule,
  ConclaveService,
  currentGrant,
  LeaderOnly,
  Locked,
  NotLeaderError,
  OnRevoked,
  ReadLocked,
  Semaphore,
  WriteLocked,
} from "../index.js";

const SESSION_MS = 40_000;

/** Decorators with the policy under which a grant outlives its connection, and not its session. */
const kept: readonly (readonly [string, (options: object) => MethodDecorator])[] = [
  ["@Locked", (options) => Locked("job", { onSuspended: "keep", ...options })],
  ["@ReadLocked", (options) => ReadLocked("job", { onSuspended: "keep", ...options })],
  ["@WriteLocked", (options) => WriteLocked("job", { onSuspended: "keep", ...options })],
  ["@Semaphore", (options) => Semaphore("job", { permits: 1, onSuspended: "keep", ...options })],
];

describeOnEachEnsemble("an app that wakes after its session", (ensemble: EnsembleUnderTest) => {
  let app: TestingModule | undefined;
  let servers = "";
  let count = 0;
  let observer: ZooKeeper;
  let zk: ZooKeeper;
  let oversleep: () => void;
  let onGranted: () => void;

  const start = async <T extends object>(type: Type<T>): Promise<[T, TestingModule]> => {
    const nothing = (): void => {};
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    const observe: Meter["observe"] = (name) => name === "nestjs_wait_ms" && onGranted();
    app = await Test.createTestingModule({
      imports: [
        TerminusModule,
        ConclaveModule.forRoot({
          client: zk,
          logger,
          onSuspended: "keep",
          meter: { count: nothing, gauge: nothing, observe },
        }),
      ],
      providers: [type, ConclaveHealthIndicator],
    }).compile();
    app.useLogger(false);
    await app.init();
    return [app.get(type), app];
  };

  beforeAll(async () => {
    await using first = await connect(ensemble.connectString(), PATIENT_SESSION);
    await first.create(ensemble.root);
  });
  beforeEach(async () => {
    await using first = await connect(ensemble.connectString(), PATIENT_SESSION);
    servers = `${ensemble.connectString()}${await first.create(`${ensemble.root}/${count++}`)}`;
    observer = await connect(servers, PATIENT_SESSION);
    let sleptMs = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + sleptMs };
    zk = await connect(servers, { sessionTimeoutMs: SESSION_MS, clock });
    oversleep = () => {
      sleptMs += zk.sessionTimeoutMs + 1;
    };
    onGranted = () => {};
  });
  afterEach(async () => {
    await app?.close();
    await zk.close();
    await observer.close();
  });

  it("does not lead: @LeaderOnly skips or throws, and @OnRevoked gets the reason EXPIRED", async () => {
    @Injectable()
    class Job {
      readonly reasons: string[] = [];

      @LeaderOnly("job")
      skip(): string {
        return "ran";
      }

      @LeaderOnly("job", { otherwise: "throw" })
      refuse(): string {
        return "ran";
      }

      @OnRevoked("job")
      revoked({ signal }: Leadership): void {
        this.reasons.push((signal.reason as GrantLostError).code);
      }
    }
    const [job, started] = await start(Job);
    const election = started.get(ConclaveService).election("job");
    const leadership = await eventually(() => election.current);
    expect([job.skip(), job.refuse()]).toEqual(["ran", "ran"]);
    oversleep();
    expect(job.skip()).toBeUndefined();
    expect(() => job.refuse()).toThrow(NotLeaderError);
    expect(election.current).toBeUndefined();
    expect(leadership?.signal.reason).toMatchObject({ code: "EXPIRED" });
    await eventually(() => job.reasons.length > 0);
    expect(job.reasons).toEqual(["EXPIRED"]);
  });

  it("has lost the leadership of a running method", async () => {
    @Injectable()
    class Job {
      @LeaderOnly("job")
      seen(): unknown[] {
        const { signal } = currentGrant();
        const before = signal.aborted;
        oversleep();
        return [before, currentGrant().signal.aborted, this.inner(), (signal.reason as GrantLostError).code];
      }

      @LeaderOnly("job")
      inner(): string {
        return "ran";
      }
    }
    const [job] = await start(Job);
    await eventually(() => app?.get(ConclaveService).election("job").current);
    expect(job.seen()).toEqual([false, true, undefined, "EXPIRED"]);
  });

  describe.each(kept)("%s", (_name, decorator) => {
    it("has lost the grant of a running method: a nested call does not share it", async () => {
      @Injectable()
      class Job {
        @decorator({ atLeastForMs: 60_000 })
        async seen(): Promise<unknown[]> {
          const { signal } = currentGrant();
          const before = [await this.inner(), signal.aborted];
          oversleep();
          const inner = this.inner();
          return [...before, currentGrant().signal.aborted, (signal.reason as GrantLostError).code, await inner];
        }

        @decorator({ otherwise: "skip" })
        async inner(): Promise<string> {
          return "ran";
        }
      }
      const [job] = await start(Job);
      expect(await job.seen()).toEqual(["ran", false, true, "EXPIRED", undefined]);
    });

    it("runs nothing under a grant that was lost before the method began", async () => {
      @Injectable()
      class Job {
        @decorator({ otherwise: "throw" })
        async run(): Promise<boolean> {
          return currentGrant().signal.aborted;
        }
      }
      const [job] = await start(Job);
      onGranted = oversleep;
      await expect(job.run()).rejects.toThrow(BusyError);
    });
  });

  it("acquires a lock again that was lost before the method began, if the call waits", async () => {
    @Injectable()
    class Job {
      @Locked("job", { onSuspended: "keep" })
      async run(): Promise<unknown[]> {
        const { signal, fencingToken } = currentGrant();
        return [signal.aborted, fencingToken];
      }
    }
    const [job] = await start(Job);
    let lost = 0n;
    onGranted = () => {
      onGranted = () => {};
      oversleep();
      // The server keeps the old session for a while: its znode is deleted here, to save time.
      void (async () => {
        await observer.sync("/");
        const [holder] = await new Mutex(observer, { name: "job" }).contenders();
        lost = holder?.fencingToken ?? 0n;
        await observer.delete(holder?.path ?? "");
      })();
    };
    const [isLost, token] = await job.run();
    expect([isLost, lost > 0n, (token as bigint) > lost]).toEqual([false, true, true]);
  });

  it("is not up for the health check until it is connected again", async () => {
    @Injectable()
    class Job {}
    await start(Job);
    const health = app?.get(ConclaveHealthIndicator);
    expect(health?.check()).toMatchObject({ conclave: { status: "up" } });
    oversleep();
    expect(health?.check()).toMatchObject({ conclave: { status: expect.any(String), state: "connecting" } });
  });
});
