import { connect, type ZooKeeper } from "@conclave/client";
import {
  CriticalSection,
  CuratorProcess,
  contend,
  type HeldRecipe,
  NodeHolder,
  onCuratorOnly,
  type RecipeKind,
} from "@conclave/curator";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../../test-support/test-context.js";
import type { Grant } from "../grant/grant.js";
import { Mutex } from "../mutex/mutex.js";
import { ReadWriteLock } from "../read-write-lock/read-write-lock.js";
import { Semaphore } from "../semaphore/semaphore.js";
import type { LockContender } from "./lock.js";

const TIMES = 25;
const EXCLUSIVE = { limit: "exclusive" } as const;

describe("locks that are shared with Curator", await onCuratorOnly(), () => {
  let java: CuratorProcess;
  beforeAll(async () => {
    java = await CuratorProcess.start();
  });
  afterAll(() => java[Symbol.asyncDispose]());

  describeOnEachEnsemble("Mutex and InterProcessMutex", (servers) => {
    const ensemble = oneServer(servers);
    const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => context.open());

    const mutexAt = async (path: string, id = "node") => new Mutex(await context.client(), { path, id });
    const javaAt = (path: string, id = "java") =>
      java.open("mutex", { connectString: ensemble.connectString(), path, id });

    it("have one holder at a time, in the order of the acquire calls, with rising tokens", async () => {
      const path = context.newPath();
      using section = new CriticalSection();
      const gatekeeper = await mutexAt(path);
      const gate = await gatekeeper.acquire();
      const nodes = await Promise.all(["node-1", "node-2"].map((name) => mutexAt(path, name)));
      const javas = await Promise.all(["java-1", "java-2"].map((name) => javaAt(path, name)));
      await contend({
        ...{ section, gate, times: TIMES },
        node: nodes.map((mutex, index) => ({
          ...EXCLUSIVE,
          name: `node-${index + 1}`,
          acquire: () => mutex.acquire(),
        })),
        java: javas.map((recipe, index) => ({ ...EXCLUSIVE, name: `java-${index + 1}`, recipe })),
        waiting: async () => (await gatekeeper.contenders()).length - 1,
        work: () => gatekeeper.contenders(),
      });
      expect(section.entries.length).toBe(4 * TIMES);
      expect(section.entries).toEqual(section.entriesByToken);
      expect(section.entries[0]?.token).toBeGreaterThan(gate.fencingToken);
      const first = section.entries.slice(0, 4).map(({ name }) => name);
      expect(first.toSorted()).toEqual(["java-1", "java-2", "node-1", "node-2"]);
    });

    it("list the holder and the waiting contenders of the other kind", async () => {
      const path = context.newPath();
      const [node, waiting, watching] = [await mutexAt(path), await javaAt(path), await javaAt(path)];
      const grant = await node.acquire();
      const acquired = waiting.call("acquire");
      await eventually(async () => (await node.contenders()).length === 2);
      const contenders = await node.contenders();
      expect(contenders.map(({ id }) => id)).toEqual(["node", "java"]);
      await eventually(async () => (await watching.call("participants")).join() === "node,java");
      await grant.release();
      expect(await acquired).toEqual([String(contenders[1]?.fencingToken)]);
      expect(await node.tryAcquire()).toBe(undefined);
      await waiting.call("release");
      await (await node.acquire()).release();
    });

    it("request revocation from each other", async () => {
      const path = context.newPath();
      const [node, other] = [await mutexAt(path), await javaAt(path)];
      await other.call("makeRevocable");
      await other.call("acquire");
      expect(await node.requestRevocation()).toBe(true);
      await other.call("awaitRevocation");
      await other.call("release");
      const grant = await node.acquire();
      await other.call("revoke");
      await eventually(() => grant.revocationRequested.aborted);
      await grant.release();
    });
  });

  describeOnEachEnsemble("Mutex, ReadWriteLock and Semaphore", (servers) => {
    const ensemble = oneServer(servers);
    const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => context.open());

    interface Shared {
      readonly recipe: HeldRecipe;
      readonly kind: RecipeKind;
      readonly acquire: (zk: ZooKeeper, path: string) => Promise<Grant>;
      /** Returns the holder and the waiters. */
      readonly queued: (zk: ZooKeeper, path: string) => Promise<readonly LockContender[]>;
    }
    const permits = 1;
    const all: readonly Shared[] = [
      {
        ...{ recipe: "Mutex", kind: "mutex", acquire: (zk, path) => new Mutex(zk, { path }).acquire() },
        queued: (zk, path) => new Mutex(zk, { path }).contenders(),
      },
      {
        ...{ recipe: "ReadWriteLock", kind: "writer" },
        acquire: (zk, path) => new ReadWriteLock(zk, { path }).write.acquire(),
        queued: (zk, path) => new ReadWriteLock(zk, { path }).write.contenders(),
      },
      {
        ...{ recipe: "Semaphore", kind: "semaphore" },
        acquire: (zk, path) => new Semaphore(zk, { path, permits }).acquire(),
        queued: (zk, path) => new Semaphore(zk, { path, permits }).holders(),
      },
    ];
    const openAt = (process: CuratorProcess, { recipe, kind }: Shared, path: string) =>
      process.open(kind, {
        ...{
          connectString: ensemble.connectString(),
          path: `${path}/${recipe}`,
          argument: String(permits),
        },
      });

    it("pass to Node.js when the session of a killed Java process has ended", async () => {
      const [path, zk] = [context.newPath(), await context.client()];
      await using victim = await CuratorProcess.start();
      const waits = all.map(async (shared) => {
        const at = `${path}/${shared.recipe}`;
        const [token = ""] = await (await openAt(victim, shared, path)).call("acquire");
        const acquired = shared.acquire(zk, at);
        const [held] = await eventually(() => shared.queued(zk, at), { until: ({ length }) => length === 2 });
        expect(held?.fencingToken).toBe(BigInt(token));
        return { token, acquired };
      });
      const waiting = await Promise.all(waits);
      await victim.kill();
      for (const { token, acquired } of waiting) {
        const grant = await acquired;
        expect(grant.fencingToken).toBeGreaterThan(BigInt(token));
        await grant.release();
      }
    });

    it("pass to Java when the session of a killed Node.js process has ended", async () => {
      const [path, zk] = [context.newPath(), await context.client()];
      await using holder = await NodeHolder.start({
        ...{ recipes: all.map(({ recipe }) => recipe), connectString: ensemble.connectString(), path },
      });
      const waits = all.map(async (shared) => {
        const successor = await openAt(java, shared, path);
        const acquired = successor.call("acquire");
        const queued = () => shared.queued(zk, `${path}/${shared.recipe}`);
        const [held] = await eventually(queued, { until: ({ length }) => length === 2 });
        return { successor, acquired, held };
      });
      const waiting = await Promise.all(waits);
      await holder.kill();
      for (const { successor, acquired, held } of waiting) {
        const [token = ""] = await acquired;
        expect(BigInt(token)).toBeGreaterThan(held!.fencingToken);
        await successor.call("release");
      }
    });
  });

  describeOnEachEnsemble("ReadWriteLock and InterProcessReadWriteLock", (servers) => {
    const ensemble = oneServer(servers);
    const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => context.open());

    const lockAt = async (path: string, id = "node") => new ReadWriteLock(await context.client(), { path, id });
    const javaAt = (kind: "reader" | "writer", path: string, id: string = kind) =>
      java.open(kind, { connectString: ensemble.connectString(), path, id });

    it("have concurrent readers and exclusive writers, in the order of the acquire calls", async () => {
      const path = context.newPath();
      using section = new CriticalSection();
      const gatekeeper = await lockAt(path);
      const gate = await gatekeeper.write.acquire();
      const readers = await Promise.all(
        [1, 2].map(async () => ({ lock: await lockAt(path), recipe: await javaAt("reader", path) })),
      );
      const writer = { lock: await lockAt(path), recipe: await javaAt("writer", path) };
      const [reads, writes] = [{ name: "reader", limit: 4 } as const, { name: "writer", limit: "exclusive" } as const];
      await contend({
        ...{ section, gate, times: TIMES },
        node: [
          ...readers.map(({ lock }) => ({ ...reads, acquire: () => lock.read.acquire() })),
          { ...writes, acquire: () => writer.lock.write.acquire() },
        ],
        java: [...readers.map(({ recipe }) => ({ ...reads, recipe })), { ...writes, recipe: writer.recipe }],
        waiting: async () => (await gatekeeper.read.contenders()).length - 1,
        work: () => gatekeeper.read.contenders(),
      });
      const { entries } = section;
      expect(entries.length).toBe(6 * TIMES);
      entries.forEach(({ name, token }, index) => {
        if (name === "reader") return;
        expect(entries.slice(0, index).every((before) => before.token < token)).toBe(true);
        expect(entries.slice(index + 1).every((after) => after.token > token)).toBe(true);
      });
    });

    it("list contenders of the other kind, and have concurrent readers of both kinds", async () => {
      const path = context.newPath();
      const node = await lockAt(path);
      const [reader, writer] = [await javaAt("reader", path), await javaAt("writer", path)];
      const shared = await node.read.acquire();
      await reader.call("acquire");
      const written = writer.call("acquire");
      await eventually(async () => (await node.write.contenders()).length === 3);
      expect((await node.write.contenders()).map(({ id }) => id)).toEqual(["node", "reader", "writer"]);
      await eventually(async () => (await reader.call("participants")).join() === "node,reader");
      expect(await node.read.tryAcquire()).toBe(undefined);
      await shared.release();
      await reader.call("release");
      await written;
      await writer.call("release");
      const write = await node.write.acquire();
      const read = reader.call("acquire");
      await eventually(async () => (await node.write.contenders()).length === 2);
      // A downgrade admits the waiting readers.
      const downgraded = await write.downgrade();
      await read;
      await downgraded?.release();
      await reader.call("release");
    });
  });
});
