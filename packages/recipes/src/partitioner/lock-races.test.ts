import { connect } from "@conclave/client";
import { seededRandom, silentLogger, systemClock } from "@conclave/runtime";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import type { LockGrant } from "../lock/lock-grant.js";
import { Mutex } from "../mutex/mutex.js";
import { HeldPartition } from "./held-partition.js";

describeOnEachEnsemble("a held partition", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  /** Returns a partition; `whenAcquired` is called when its lock is acquired, before the partition receives the grant. */
  const partitionOf = async (whenAcquired: (grant: LockGrant) => unknown) => {
    const zk = await context.client();
    const mutex = new Mutex(zk, { path: context.newPath(), onSuspended: "keep" });
    const runs: bigint[] = [];
    const published: string[] = [];
    const partition = new HeldPartition({
      ...{ key: "k", logger: silentLogger, clock: systemClock, random: seededRandom(1) },
      lock: {
        acquire: async () => {
          const grant = await mutex.acquire();
          await whenAcquired(grant);
          return grant;
        },
      },
      run: async (owned) => {
        runs.push(owned.fencingToken);
        await new Promise((resolve) => owned.signal.addEventListener("abort", resolve));
      },
      publish: ({ type }) => void published.push(type),
    });
    return { zk, mutex, partition, runs, published };
  };

  it("releases its lock and runs no task when it is unassigned while the lock is acquired", async () => {
    let acquired: LockGrant | undefined;
    const { mutex, partition, runs, published } = await partitionOf((grant) => {
      acquired = grant;
      partition.assign(false);
    });
    partition.assign(true);
    const grant = await eventually(() => acquired, { until: (each) => each !== undefined, what: "the lock acquired" });
    await partition.whenIdle();
    await eventually(async () => (await mutex.contenders()).length === 0, { what: "the lock released" });
    expect(grant?.signal.reason).toMatchObject({ code: "RELEASED" });
    expect([partition.current, runs, published]).toEqual([undefined, [], []]);
  });

  it("runs no task under a lock that is lost before the task starts, and acquires it again", async () => {
    let acquisitions = 0;
    const { zk, partition, runs } = await partitionOf(async (grant) => {
      if (++acquisitions > 1) return;
      await zk.delete(grant.path);
      await eventually(() => grant.signal.aborted, { what: "the loss" });
    });
    onTestFinished(() => partition.assign(false));
    partition.assign(true);
    await eventually(() => runs.length > 0, { what: "a run" });
    expect([acquisitions, runs.length, partition.current?.fencingToken === runs[0]]).toEqual([2, 1, true]);
  });
});
