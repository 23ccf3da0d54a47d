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

  /** A partition whose lock does something in the moment in which it is won. */
  const partitionOf = async (whenWon: (grant: LockGrant) => unknown) => {
    const zk = await context.client();
    const mutex = new Mutex(zk, { path: context.newPath(), onSuspended: "keep" });
    const runs: bigint[] = [];
    const told: string[] = [];
    const partition = new HeldPartition({
      ...{ key: "k", logger: silentLogger, clock: systemClock, random: seededRandom(1) },
      lock: {
        acquire: async () => {
          const grant = await mutex.acquire();
          await whenWon(grant);
          return grant;
        },
      },
      run: async (owned) => {
        runs.push(owned.fencingToken);
        await new Promise((resolve) => owned.signal.addEventListener("abort", resolve));
      },
      publish: ({ type }) => void told.push(type),
    });
    return { zk, mutex, partition, runs, told };
  };

  it("that is abandoned while its lock is granted is released, and runs no task", async () => {
    let won: LockGrant | undefined;
    const { mutex, partition, runs, told } = await partitionOf((grant) => {
      won = grant;
      partition.assign(false);
    });
    partition.assign(true);
    const grant = await eventually(() => won, { until: (each) => each !== undefined, what: "the lock won" });
    await partition.whenIdle();
    await eventually(async () => (await mutex.contenders()).length === 0, { what: "the lock given back" });
    expect(grant?.signal.reason).toMatchObject({ code: "RELEASED" });
    expect([partition.current, runs, told]).toEqual([undefined, [], []]);
  });

  it("runs no task under a lock that is lost as it is granted, and acquires it again", async () => {
    let wins = 0;
    const { zk, partition, runs } = await partitionOf(async (grant) => {
      if (++wins > 1) return;
      await zk.delete(grant.path);
      await eventually(() => grant.signal.aborted, { what: "the loss" });
    });
    onTestFinished(() => partition.assign(false));
    partition.assign(true);
    await eventually(() => runs.length > 0, { what: "a run" });
    expect([wins, runs.length, partition.current?.fencingToken === runs[0]]).toEqual([2, 1, true]);
  });
});
