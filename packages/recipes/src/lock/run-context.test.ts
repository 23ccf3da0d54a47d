import { describe, expect, it } from "vitest";
import { HeldGrant } from "../grant/held-grant.js";
import { RunContext } from "./run-context.js";

const grantOf = (fencingToken: bigint): HeldGrant =>
  new HeldGrant({
    ...{ zk: { state: "connected" }, what: "the lock a", path: "/a", fencingToken },
    deleteZnode: async () => {},
  });
/** Resolves after all promises that settle without I/O. */
const allPromises = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));
/** Returns a promise, and the function that resolves it. */
const deferred = () => {
  let resolve = (): void => {};
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
};

describe("the grant of a task's asynchronous context", () => {
  it("is defined within the task and its continuations, and in no other context", async () => {
    const context = new RunContext<HeldGrant>();
    const grant = grantOf(1n);
    expect(context.current).toBe(undefined);
    const result = await context.run(grant, async () => {
      expect(context.current).toBe(grant);
      await allPromises();
      expect(context.current).toBe(grant);
      return "done";
    });
    expect([result, context.current]).toEqual(["done", undefined]);
  });

  it("is undefined once the grant has ended", async () => {
    const context = new RunContext<HeldGrant>();
    const grant = grantOf(1n);
    await context.run(grant, () => {
      grant.end("EXPIRED");
      expect(context.current).toBe(undefined);
    });
  });

  it("is undefined in continuations of a task that has settled, also of one that threw", async () => {
    const context = new RunContext<HeldGrant>();
    for (const isFailing of [false, true]) {
      const seen: unknown[] = [];
      let later = Promise.resolve();
      const running = context.run(grantOf(1n), () => {
        later = allPromises().then(() => void seen.push(context.current));
        if (isFailing) throw new Error("no disk");
      });
      if (isFailing) await expect(running).rejects.toThrow("no disk");
      else await running;
      await later;
      expect(seen).toEqual([undefined]);
    }
  });

  it("is that of the enclosing task in continuations of a nested task that has settled", async () => {
    const context = new RunContext<HeldGrant>();
    const grant = grantOf(1n);
    const seen: unknown[] = [];
    await context.run(grant, async () => {
      let later = Promise.resolve();
      await context.nest(() => {
        later = allPromises().then(() => void seen.push(context.current));
      });
      await later;
    });
    expect(seen).toEqual([grant]);
  });

  it("is separate for concurrent tasks", async () => {
    const context = new RunContext<HeldGrant>();
    const grants = [grantOf(1n), grantOf(2n)];
    const seen = await Promise.all(
      grants.map((grant) =>
        context.run(grant, async () => {
          await allPromises();
          return context.current;
        }),
      ),
    );
    expect(seen).toEqual(grants);
  });
});

describe("a nested task", () => {
  it("runs under the grant of the caller, and its result is that of nest", async () => {
    const context = new RunContext<HeldGrant>();
    const grant = grantOf(1n);
    await context.run(grant, async () => {
      expect(await context.nest(() => context.current)).toBe(grant);
      await expect(context.nest(() => Promise.reject(new Error("no disk")))).rejects.toThrow("no disk");
      expect(context.current).toBe(grant);
    });
  });

  it("has its grant until its own end, also when the enclosing task has returned before", async () => {
    const context = new RunContext<HeldGrant>();
    const grant = grantOf(1n);
    let later: Promise<unknown> | undefined;
    await context.run(grant, () => {
      later = context.nest(() => allPromises().then(() => context.current));
    });
    expect(await later).toBe(grant);
  });

  it("delays the end of the enclosing task, also after an error, and however deep it is nested", async () => {
    const context = new RunContext<HeldGrant>();
    for (const isFailing of [false, true]) {
      const [first, second] = [deferred(), deferred()];
      let isOver = false;
      const running = context.run(grantOf(1n), () => {
        void context.nest(async () => {
          void context.nest(() => second.promise);
          await first.promise;
        });
        void context.nest(() => Promise.reject(new Error("of the nested task"))).catch(() => {});
        if (isFailing) throw new Error("no disk");
      });
      const outcome = running.then(
        () => "resolved",
        (error: Error) => error.message,
      );
      void outcome.then(() => {
        isOver = true;
      });
      await allPromises();
      expect(isOver).toBe(false);
      first.resolve();
      await allPromises();
      expect(isOver).toBe(false);
      second.resolve();
      expect(await outcome).toBe(isFailing ? "no disk" : "resolved");
    }
  });

  it("can be started by a continuation of a nested task that has settled, while the enclosing task runs", async () => {
    const context = new RunContext<HeldGrant>();
    const grant = grantOf(1n);
    let again: Promise<unknown> | undefined;
    await context.run(grant, async () => {
      await context.nest(() => {
        again = allPromises().then(() => context.nest(() => context.current));
      });
      expect(await again).toBe(grant);
    });
  });

  it("cannot be started outside of a task, or after the task has settled", async () => {
    const context = new RunContext<HeldGrant>();
    const message = "nest() was called by a task that does not run under a grant";
    expect(() => context.nest(() => {})).toThrow(message);
    let later: Promise<unknown> | undefined;
    await context.run(grantOf(1n), () => {
      later = allPromises().then(() => context.nest(() => {}));
    });
    await expect(later).rejects.toThrow(message);
  });
});
