import { Semaphore as SemaphoreRecipe } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { Injectable } from "@nestjs/common";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Continuation, KEPT_MS } from "../../test-support/continuation.js";
import { TestApps } from "../../test-support/test-apps.js";
import {
  BusyError,
  currentGrant,
  LeaderOnly,
  Locked,
  OnElected,
  ReadLocked,
  Semaphore,
  WriteLocked,
} from "../index.js";

/** Decorators of an outer method with a kept grant, and of one that would share it if the outer method still ran. */
const exclusive: readonly (readonly [string, MethodDecorator, (options: object) => MethodDecorator])[] = [
  ["@Locked", Locked("job", { atLeastForMs: KEPT_MS }), (options) => Locked("job", options)],
  ["@WriteLocked", WriteLocked("job", { atLeastForMs: KEPT_MS }), (options) => WriteLocked("job", options)],
  [
    "@ReadLocked in @WriteLocked",
    WriteLocked("job", { atLeastForMs: KEPT_MS }),
    (options) => ReadLocked("job", options),
  ],
  [
    "@Semaphore",
    Semaphore("job", { permits: 1, atLeastForMs: KEPT_MS }),
    (options) => Semaphore("job", { permits: 1, ...options }),
  ],
];

describeOnEachEnsemble("after a method has ended", (ensemble) => {
  const apps = new TestApps(ensemble);
  beforeAll(() => apps.createRoot());
  beforeEach(() => apps.open());
  afterEach(() => apps.close());

  describe.each(exclusive)("%s", (_name, outer, inner) => {
    it("treats a later call from its context like any other call while its grant is kept", async () => {
      @Injectable()
      class Job extends Continuation {
        @outer
        async run(work: () => unknown): Promise<string> {
          this.later(work);
          return String(await this.skip());
        }

        @inner({ otherwise: "skip" })
        async skip(): Promise<string> {
          return "ran";
        }

        @inner({ otherwise: "throw" })
        async refuse(): Promise<string> {
          return "ran";
        }

        @inner({ timeoutMs: 20 })
        async wait(): Promise<string> {
          return "ran";
        }
      }
      const [job] = await apps.start(Job);
      const outcomes = async () => [
        await job.skip(),
        await job.refuse().catch((error: unknown) => error),
        await job.wait().catch((error: unknown) => error),
      ];
      expect(await job.run(outcomes)).toBe("ran");
      expect(await job.resume()).toEqual([undefined, expect.any(BusyError), expect.any(BusyError)]);
    });
  });

  it("refuses a writer in the context of a reader that has ended, like any other writer", async () => {
    @Injectable()
    class Job extends Continuation {
      @ReadLocked("job", { atLeastForMs: KEPT_MS })
      async read(): Promise<void> {
        this.later(() => this.write());
      }

      @WriteLocked("job", { otherwise: "skip" })
      async write(): Promise<string> {
        return "ran";
      }
    }
    const [job] = await apps.start(Job);
    await job.read();
    expect(await job.resume()).toBeUndefined();
  });

  it("never lets two processes in when each continues in the context of a method with a kept lock", async () => {
    let [inside, most] = [0, 0];
    @Injectable()
    class Job extends Continuation {
      keptToken = 0n;

      @Locked("two", { atLeastForMs: 50 })
      async start(isDone: () => unknown): Promise<void> {
        this.keptToken = currentGrant().fencingToken;
        this.later(() => this.work(isDone));
      }

      @Locked("two")
      async work(isDone: () => unknown): Promise<void> {
        most = Math.max(most, ++inside);
        const isShared = currentGrant().fencingToken === this.keptToken;
        await eventually(async () => most > 1 || (!isShared && (await isDone())));
        inside--;
      }
    }
    const [[one], [two]] = [await apps.start(Job), await apps.start(Job)];
    await one.start(async () => (await apps.contenders("two")) === 2);
    const first = one.resume();
    const second = two.start(() => true).then(() => two.resume());
    await Promise.all([first, second]);
    expect(most).toBe(1);
  });

  it("skips the next run that a job schedules for itself, while its lock is kept", async () => {
    @Injectable()
    class Job extends Continuation {
      runs = 0;

      @Locked("job", { otherwise: "skip", atLeastForMs: KEPT_MS })
      async run(): Promise<string> {
        this.runs++;
        this.later(() => this.run());
        return "ran";
      }
    }
    const [job] = await apps.start(Job);
    expect(await job.run()).toBe("ran");
    expect(await job.resume()).toBeUndefined();
    expect(job.runs).toBe(1);
  });

  describe("with one grant in another", () => {
    it("shares the grant of an outer method that still runs, and no other", async () => {
      @Injectable()
      class Job {
        readonly fromInner = new Continuation();
        readonly fromOuter = new Continuation();

        @Locked("outer", { atLeastForMs: KEPT_MS })
        async outer(during: () => Promise<unknown>): Promise<unknown> {
          this.fromOuter.later(() => this.both());
          await this.inner();
          await this.inner();
          return during();
        }

        @Locked("inner", { otherwise: "skip", atLeastForMs: KEPT_MS })
        async inner(): Promise<void> {
          if (currentGrant() !== undefined) this.fromInner.later(() => this.both());
        }

        async both(): Promise<unknown[]> {
          return [await this.tryOuter(), await this.tryInner()];
        }

        @Locked("outer", { otherwise: "skip" })
        async tryOuter(): Promise<string> {
          return "outer";
        }

        @Locked("inner", { otherwise: "skip" })
        async tryInner(): Promise<string> {
          return "inner";
        }
      }
      const [job] = await apps.start(Job);
      expect(await job.outer(() => job.fromInner.resume())).toEqual(["outer", undefined]);
      expect(await job.fromOuter.resume()).toEqual([undefined, undefined]);
    });

    it("shares the grant of a nested call that still runs, though the method that acquired it has ended", async () => {
      @Injectable()
      class Job {
        readonly fromOuter = new Continuation();
        readonly inNested = new Continuation();
        nested: Promise<unknown> = Promise.resolve();
        isNesting = false;
        end = (): void => {};

        @Locked("job", { atLeastForMs: KEPT_MS })
        async outer(): Promise<void> {
          this.fromOuter.later(() => this.skip());
          this.nested = this.nest();
        }

        @Locked("job")
        async nest(): Promise<void> {
          this.isNesting = true;
          this.inNested.later(() => this.skip());
          await new Promise<void>((resolve) => {
            this.end = resolve;
          });
        }

        @Locked("job", { otherwise: "skip" })
        async skip(): Promise<string> {
          return "ran";
        }
      }
      const [job] = await apps.start(Job);
      const outer = job.outer();
      await eventually(() => job.isNesting);
      expect(await job.inNested.resume()).toBe("ran");
      expect(await job.fromOuter.resume()).toBeUndefined();
      job.end();
      await Promise.all([outer, job.nested]);
    });

    it.each([
      ["a lock in a leadership", LeaderOnly("job"), Locked("job", { atLeastForMs: KEPT_MS })],
      ["a leadership in a lock", Locked("job", { atLeastForMs: KEPT_MS }), LeaderOnly("job")],
      ["a permit in a lock", Locked("job", { atLeastForMs: KEPT_MS }), Semaphore("job", { permits: 1 })],
      ["a reader in a leadership", LeaderOnly("job"), ReadLocked("job", { atLeastForMs: KEPT_MS })],
    ])("knows the grant of the method that still runs, for %s", async (_name, outer, inner) => {
      @Injectable()
      class Job {
        readonly fromInner = new Continuation();
        grants: unknown[] = [];

        @outer
        async outer(): Promise<void> {
          const own = currentGrant();
          await this.inner();
          this.grants.push((await this.fromInner.resume()) === own);
          this.fromInner.later(() => currentGrant());
        }

        @inner
        async inner(): Promise<void> {
          this.fromInner.later(() => currentGrant());
        }

        @LeaderOnly("job")
        candidate(): void {}
      }
      const [job, app] = await apps.start(Job);
      await apps.leads(app);
      await job.outer();
      expect(job.grants).toEqual([true]);
      await expect(job.fromInner.resume()).rejects.toThrow("after its method had ended");
    });
  });

  it.each([
    ["@LeaderOnly", LeaderOnly("job")],
    ["@Locked", Locked("job")],
    ["@ReadLocked", ReadLocked("job")],
    ["@WriteLocked", WriteLocked("job")],
    ["@Semaphore", Semaphore("job", { permits: 1 })],
  ])("has no current grant in the context of %s, however the method ended", async (_name, decorator) => {
    @Injectable()
    class Job extends Continuation {
      @decorator
      async resolves(): Promise<void> {
        await Promise.resolve();
        this.later(() => currentGrant());
      }

      @decorator
      returns(): void {
        this.later(() => currentGrant());
      }

      @decorator
      throws(): void {
        this.later(() => currentGrant());
        throw new Error("failed");
      }

      @decorator
      async rejects(): Promise<void> {
        this.later(() => currentGrant());
        await Promise.reject(new Error("failed"));
      }

      @LeaderOnly("job")
      candidate(): void {}
    }
    const [job, app] = await apps.start(Job);
    await apps.leads(app);
    for (const method of ["resolves", "returns", "throws", "rejects"] as const) {
      await Promise.resolve()
        .then(() => job[method]())
        .catch(() => {});
      await expect(job.resume(), method).rejects.toThrow("after its method had ended");
    }
  });

  it("has no current grant in the context of an @OnElected method, while another one still runs", async () => {
    @Injectable()
    class Job extends Continuation {
      ended = false;

      @OnElected("job")
      elected(): void {
        this.later(() => currentGrant());
      }

      @OnElected("job")
      async lead(): Promise<void> {
        const { signal } = currentGrant();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        this.ended = true;
      }
    }
    const [job, app] = await apps.start(Job);
    await apps.leads(app);
    await expect(job.resume()).rejects.toThrow("after its method had ended");
    expect(job.ended).toBe(false);
  });

  it("starts a returned query builder once, under the grant", async () => {
    let starts: unknown[] = [];
    const query = (): PromiseLike<string> => ({
      // biome-ignore lint/suspicious/noThenProperty: a query builder runs when it is awaited.
      then: (resolve, reject) => {
        starts.push(currentGrant());
        return Promise.resolve("rows").then(resolve, reject);
      },
    });
    @Injectable()
    class Job {
      @LeaderOnly("job")
      led(): PromiseLike<string> {
        return query();
      }

      @Locked("job")
      locked(): PromiseLike<string> {
        return query();
      }
    }
    const [job, app] = await apps.start(Job);
    await apps.leads(app);
    for (const method of ["led", "locked"] as const) {
      starts = [];
      expect(await job[method]()).toBe("rows");
      expect(starts).toHaveLength(1);
    }
  });

  it("releases a kept permit when its time is over", async () => {
    @Injectable()
    class Job extends Continuation {
      @Semaphore("pool", { permits: 1, atLeastForMs: 50 })
      async run(): Promise<void> {
        this.later(() => this.next());
      }

      @Semaphore("pool", { permits: 1 })
      async next(): Promise<bigint> {
        return currentGrant().fencingToken;
      }
    }
    const [job] = await apps.start(Job);
    await job.run();
    const [first] = await new SemaphoreRecipe(apps.observer, { name: "pool", permits: 1 }).holders();
    expect((await job.resume()) as bigint).toBeGreaterThan(first?.fencingToken ?? 0n);
  });
});
