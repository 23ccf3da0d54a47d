import { type Logger, silentLogger, systemRandom } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { expect, it } from "vitest";
import { HeldLock, type LockGrant } from "../lock/lock-grant.js";
import { HeldPartition } from "./held-partition.js";

const allPromises = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

/** A partition whose lock the test acquires; the task runs until its signal aborts, and `endTask` is called. */
const heldPartition = () => {
  const clock = new TestClock();
  const warnings: unknown[] = [];
  const steps: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (message, fields) => void warnings.push([message, fields]) };
  const attempts: { signal: AbortSignal; resolve(grant: LockGrant): void; reject(error: Error): void }[] = [];
  const tasks: (() => void)[] = [];
  const hooks = { onPublish: (_type: string): void => {} };
  const partition = new HeldPartition({
    ...{ key: "k", clock, logger, random: { ...systemRandom, float: () => 0 } },
    lock: {
      acquire: ({ signal } = {}) =>
        new Promise<LockGrant>((resolve, reject) => {
          attempts.push({ signal: signal!, resolve, reject });
          signal!.addEventListener("abort", () => reject(new Error("aborted")));
        }),
    },
    run: async ({ fencingToken }) => {
      steps.push(`run ${fencingToken}`);
      await new Promise<void>((resolve) => tasks.push(resolve));
    },
    publish: ({ type, key, fencingToken }) => {
      steps.push(`${type} ${key} ${fencingToken}`);
      hooks.onPublish(type);
    },
  });
  let tokens = 0n;
  const lock = (): HeldLock => {
    const fencingToken = ++tokens;
    const deleteZnode = async (): Promise<void> => void steps.push(`delete ${fencingToken}`);
    return new HeldLock({ zk: { state: "connected" }, what: "the lock k", path: "/k", fencingToken, deleteZnode });
  };
  const acquire = async (): Promise<HeldLock> => {
    const grant = lock();
    attempts.at(-1)!.resolve(grant);
    await allPromises();
    return grant;
  };
  const endTask = async (): Promise<void> => {
    tasks.at(-1)!();
    await allPromises();
  };
  return { hooks, clock, warnings, steps, attempts, partition, lock, acquire, endTask };
};

it("a partition retries a failed acquisition after increasing delays, and logs each failure", async () => {
  const { partition, attempts, clock, warnings, acquire } = heldPartition();
  partition.assign(true);
  for (const delayMs of [100, 200]) {
    attempts.at(-1)!.reject(new Error("no auth"));
    await allPromises();
    expect(clock.delays.at(-1)).toBe(delayMs);
    clock.advance(delayMs);
    await allPromises();
  }
  expect(attempts).toHaveLength(3);
  expect(warnings).toEqual(
    [1, 2].map(() => ["acquiring the partition k failed; retrying", { error: new Error("no auth") }]),
  );
  await acquire();
  expect(partition.current?.fencingToken).toBe(1n);
});

it("a partition starts over with the shortest delay after an acquisition", async () => {
  const { partition, attempts, clock, acquire, endTask } = heldPartition();
  partition.assign(true);
  attempts.at(-1)!.reject(new Error("no auth"));
  await allPromises();
  clock.advance(100);
  await allPromises();
  const grant = await acquire();
  grant.end("GONE");
  await endTask();
  attempts.at(-1)!.reject(new Error("no auth"));
  await allPromises();
  expect(clock.delays).toEqual([100, 100]);
});

it("a partition that is unassigned during a delay does not acquire its lock", async () => {
  const { partition, attempts, clock } = heldPartition();
  partition.assign(true);
  attempts.at(-1)!.reject(new Error("no auth"));
  await allPromises();
  partition.assign(false);
  await partition.whenIdle();
  await allPromises();
  clock.advance(1_000);
  await allPromises();
  expect([attempts.length, clock.pending]).toEqual([1, 0]);
});

it("a partition that is unassigned while it waits aborts the wait, without a warning", async () => {
  const { partition, attempts, warnings } = heldPartition();
  partition.assign(true);
  partition.assign(false);
  await allPromises();
  expect([attempts[0]!.signal.aborted, warnings]).toEqual([true, []]);
});

it("a partition runs its task once, and publishes its acquisition before and its release after the task", async () => {
  const { partition, steps, acquire, endTask } = heldPartition();
  partition.assign(true);
  expect(partition.current).toBe(undefined);
  const grant = await acquire();
  expect(partition.current?.key).toBe("k");
  partition.assign(false);
  expect(partition.current).toBe(undefined);
  let isIdle = false;
  const idle = partition.whenIdle().then(() => {
    isIdle = true;
  });
  grant.end("GONE");
  await allPromises();
  expect([steps, isIdle]).toEqual([["acquired k 1", "run 1"], false]);
  await endTask();
  await idle;
  expect(steps).toEqual(["acquired k 1", "run 1", "delete 1", "released k 1"]);
});

it("a partition whose lock is lost acquires it again after its task has ended", async () => {
  const { partition, attempts, steps, acquire, endTask } = heldPartition();
  partition.assign(true);
  const grant = await acquire();
  grant.end("GONE");
  expect([partition.current, attempts.length]).toEqual([undefined, 1]);
  await endTask();
  expect(attempts).toHaveLength(2);
  await acquire();
  expect([partition.current?.fencingToken, steps.filter((step) => step.startsWith("run"))]).toEqual([
    2n,
    ["run 1", "run 2"],
  ]);
});

it("a partition whose task has ended keeps its lock until it is unassigned", async () => {
  const { partition, steps, acquire, endTask } = heldPartition();
  partition.assign(true);
  await acquire();
  await endTask();
  expect([partition.current?.fencingToken, steps]).toEqual([1n, ["acquired k 1", "run 1"]]);
  partition.assign(false);
  await partition.whenIdle();
  expect(steps.slice(2)).toEqual(["delete 1", "released k 1"]);
});

it("a partition that releases its lock does not take the end of that lock for the loss of the next one", async () => {
  const { partition, acquire, endTask } = heldPartition();
  partition.assign(true);
  const first = await acquire();
  first.end("GONE");
  await endTask();
  await acquire();
  await first.release();
  expect(partition.current?.signal.aborted).toBe(false);
});

it("a partition runs no task under a lock that has ended already, and acquires it again", async () => {
  const { partition, attempts, steps, lock, acquire } = heldPartition();
  partition.assign(true);
  const ended = lock();
  ended.end("EXPIRED");
  attempts.at(-1)!.resolve(ended);
  await allPromises();
  expect([attempts.length, steps]).toEqual([2, []]);
  await acquire();
  expect(steps).toEqual(["acquired k 2", "run 2"]);
});

it("a partition whose lock is lost while its acquisition is published stops its task, and acquires the lock again", async () => {
  const { partition, attempts, hooks, lock, endTask } = heldPartition();
  partition.assign(true);
  const lost = lock();
  hooks.onPublish = (type) => void (type === "acquired" && lost.end("GONE"));
  attempts[0]!.resolve(lost);
  await allPromises();
  expect(partition.current).toBe(undefined);
  await endTask();
  expect(attempts).toHaveLength(2);
});

it("a partition that is unassigned before its lock is acquired releases that lock", async () => {
  const { partition, attempts, steps, lock } = heldPartition();
  partition.assign(true);
  const late = lock();
  attempts[0]!.resolve(late);
  partition.assign(false);
  await allPromises();
  expect([steps, late.signal.reason]).toMatchObject([["delete 1"], { code: "RELEASED" }]);
});
