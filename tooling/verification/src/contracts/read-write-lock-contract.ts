import { type LockGrant, ReadWriteLock } from "@conclave/recipes";
import type { FaultProxy } from "@conclave/testing";
import { describe, expect } from "vitest";
import { abortedBefore } from "../test-context/aborted-before.ts";
import { type ContractHarness, type ContractTest, contractTests, sessionUntil } from "../test-context/test-context.ts";
import type { ExclusiveRecipe } from "./exclusive/exclusive-recipe.ts";
import { queueUp, settled, znodes } from "./exclusive/exclusive-recipe.ts";
import { exclusiveHazards } from "./exclusive-contract.ts";

const NAME = "rw";
const writing: ExclusiveRecipe = {
  contender: (zk, onSuspended) => new ReadWriteLock(zk, { name: NAME, onSuspended }).write,
  folders: [`/conclave/read-write-locks/${NAME}`],
  heldZnodes: 1,
  wokenByRelease: 1,
};
const READERS = 4;

/**
 * Declares the contract of `ReadWriteLock`: the hazards of a writer, and those of readers and writers together. Call it in a
 * separate suite.
 */
export function runReadWriteLockContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("read-write lock contract", () => {
    exclusiveHazards(harness, test, writing);
    readersAndWriters(test);
  });
}

function readersAndWriters(test: ContractTest): void {
  describe("readers and writers", () => {
    test("herd: a release of a writer wakes the readers after it, and not the writer after them", async (context) => {
      const lock = new ReadWriteLock(await context.client(), { name: NAME });
      const writer = await lock.write.acquire();
      const readers: { proxy: FaultProxy; granted: Promise<LockGrant> }[] = [];
      for (let index = 0; index < READERS; index++) {
        const proxy = await context.proxy();
        const { zk } = await context.actor(proxy);
        const granted = new ReadWriteLock(zk, { name: NAME }).read.acquire();
        await settled(zk);
        readers.push({ proxy, granted });
      }
      const proxy = await context.proxy();
      const { zk } = await context.actor(proxy);
      const last = await queueUp(writing, zk);
      await writer.release();
      const grants = await Promise.all(readers.map(({ granted }) => granted));
      await zk.sync("/");
      expect(readers.map((reader) => reader.proxy.traffic.notifications)).toEqual(readers.map(() => 1));
      expect(proxy.traffic.notifications).toBe(0);
      // It waits for the last reader only.
      for (const grant of grants) await grant.release();
      await last.granted;
    });

    test("session lost while holding: the writer is granted after the session of a reader ends", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy, sessionUntil("expired"));
      const read = await new ReadWriteLock(zk, { name: NAME, onSuspended: "keep" }).read.acquire();
      const writer = await queueUp(writing, other);
      const abortedFirst = abortedBefore(read.signal, writer.granted);
      proxy.freeze();
      expect(await abortedFirst).toBe(true);
      expect((await writer.granted).fencingToken).toBeGreaterThan(read.fencingToken);
    });

    test("lost reply of a sequential create: a reader has one znode, and blocks no writer later", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy);
      const lock = new ReadWriteLock(zk, { name: NAME, onSuspended: "keep" });
      const first = await lock.read.acquire();
      const lost = proxy.loseReply("create2");
      const second = await lock.read.acquire();
      await lost;
      expect(await znodes(writing, other)).toHaveLength(2);
      await first.release();
      const deletion = proxy.loseRequest("delete");
      await second.release();
      await deletion;
      await writing.contender(other).acquire();
    });

    test("no reader overtakes a waiting writer, whatever message is lost", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const lock = new ReadWriteLock(other, { name: NAME });
      const reading = await lock.read.acquire();
      const { zk } = await context.actor(proxy);
      const writer = await queueUp(writing, zk);
      expect(await lock.read.tryAcquire()).toBe(undefined);
      proxy.cut();
      expect(await lock.read.tryAcquire()).toBe(undefined);
      await reading.release();
      const written = await writer.granted;
      expect(await lock.read.tryAcquire()).toBe(undefined);
      await written.release();
      await lock.read.acquire();
    });
  });
}
