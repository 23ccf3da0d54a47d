import { connect } from "@conclave/client";
import { CuratorProcess, contend, onCuratorOnly, Room } from "@conclave/curator";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../../test-support/test-context.js";
import { Semaphore } from "../semaphore/semaphore.js";

const TIMES = 15;
const PERMITS = 3;

describe("semaphores that are shared with Curator", await onCuratorOnly(), () => {
  let java: CuratorProcess;
  beforeAll(async () => {
    java = await CuratorProcess.start();
  });
  afterAll(() => java[Symbol.asyncDispose]());

  describeOnEachEnsemble("Semaphore and InterProcessSemaphoreV2", (servers) => {
    const ensemble = oneServer(servers);
    const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => context.open());

    const semaphoreAt = async (path: string, id = "node") =>
      new Semaphore(await context.client(), { path, id, permits: PERMITS });
    const javaAt = (path: string, id = "java") =>
      java.open("semaphore", { connectString: ensemble.connectString(), path, id, more: String(PERMITS) });

    it("let in so many at a time, in the order of asking", async () => {
      const path = context.newPath();
      using room = new Room();
      const [gatekeeper, zk] = [await semaphoreAt(path), await context.client()];
      const gate = await gatekeeper.acquire({ permits: PERMITS });
      const nodes = await Promise.all([1, 2, 3].map(() => semaphoreAt(path)));
      const parts = await Promise.all([1, 2, 3].map(() => javaAt(path)));
      await contend({
        ...{ room, gate, times: TIMES },
        node: nodes.map((each, index) => ({ name: `node-${index}`, rule: PERMITS, acquire: () => each.acquire() })),
        java: parts.map((part, index) => ({ name: `java-${index}`, rule: PERMITS, part })),
        // One has the turnstile, and has made the lease that is one too many; the others wait for the turnstile.
        waiting: async () => (await zk.getChildren(`${path}/locks`)).length,
        inside: () => gatekeeper.holders(),
      });
      expect(room.entries.length).toBe(6 * TIMES);
      const first = room.entriesInLine.slice(0, 6).map(({ name }) => name);
      expect(new Set(first).size).toBe(6);
    });

    it("count each other's permits, and name who holds them", async () => {
      const path = context.newPath();
      const [node, contender] = [await semaphoreAt(path), await javaAt(path)];
      const [token = ""] = await contender.call("acquire");
      expect(await node.tryAcquire({ permits: PERMITS })).toBe(undefined);
      const rest = await node.tryAcquire({ permits: PERMITS - 1 });
      expect(rest?.fencingToken).toBeGreaterThan(BigInt(token));
      expect((await node.holders()).map(({ id }) => id)).toEqual(["java", "node", "node"]);
      await eventually(async () => (await contender.call("participants")).toSorted().join() === "java,node,node");
      const acquired = (await javaAt(path, "late")).call("acquire");
      await eventually(async () => (await node.holders()).length === PERMITS + 1);
      await rest?.release();
      await acquired;
      expect((await node.holders()).map(({ id }) => id)).toEqual(["java", "late"]);
    });
  });
});
