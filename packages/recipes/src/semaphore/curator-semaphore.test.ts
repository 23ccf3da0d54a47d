import { connect } from "@conclave/client";
import { CriticalSection, CuratorProcess, contend, onCuratorOnly } from "@conclave/curator";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../../test-support/test-context.js";
import { Semaphore } from "./semaphore.js";

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
      java.open("semaphore", { connectString: ensemble.connectString(), path, id, argument: String(PERMITS) });

    it("have at most as many holders as permits, in the order of the acquire calls", async () => {
      const path = context.newPath();
      using section = new CriticalSection();
      const [gatekeeper, zk] = [await semaphoreAt(path), await context.client()];
      const gate = await gatekeeper.acquire({ permits: PERMITS });
      const nodes = await Promise.all([1, 2, 3].map(() => semaphoreAt(path)));
      const javas = await Promise.all([1, 2, 3].map(() => javaAt(path)));
      await contend({
        ...{ section, gate, times: TIMES },
        node: nodes.map((each, index) => ({ name: `node-${index}`, limit: PERMITS, acquire: () => each.acquire() })),
        java: javas.map((recipe, index) => ({ name: `java-${index}`, limit: PERMITS, recipe })),
        // One contender holds the semaphore's lock and has created one permit too many; the others wait for the lock.
        waiting: async () => (await zk.getChildren(`${path}/locks`)).length,
        work: () => gatekeeper.holders(),
      });
      expect(section.entries.length).toBe(6 * TIMES);
      const first = section.entriesByToken.slice(0, 6).map(({ name }) => name);
      expect(new Set(first).size).toBe(6);
    });

    it("count permits of both kinds, and list their holders", async () => {
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
