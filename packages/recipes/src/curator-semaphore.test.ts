import { connect } from "@conclave/client";
import { CuratorProcess, onCuratorOnly, Room } from "@conclave/curator";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Semaphore } from "./semaphore/semaphore.js";
import { Stage } from "./stage.js";

const TIMES = 15;
const PERMITS = 3;

describe("semaphores that are shared with Curator", await onCuratorOnly(), () => {
  let java: CuratorProcess;
  beforeAll(async () => {
    java = await CuratorProcess.start();
  });
  afterAll(() => java[Symbol.asyncDispose]());

  describeOnEachEnsemble("Semaphore and InterProcessSemaphoreV2", (ensemble) => {
    const stage = new Stage({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => stage.open());

    const semaphoreAt = async (path: string, id = "node") =>
      new Semaphore(await stage.client(), { path, id, permits: PERMITS });
    const javaAt = (path: string, id = "java") =>
      java.open("semaphore", { connectString: ensemble.connectString(), path, id, more: String(PERMITS) });

    it("let in so many at a time, in the order of asking", async () => {
      const path = stage.newPath();
      using room = new Room();
      const gate = await semaphoreAt(path);
      const closed = await gate.acquire({ permits: PERMITS });
      const visitOften = async (name: string) => {
        const semaphore = await semaphoreAt(path, name);
        for (let done = 0; done < TIMES; done++) {
          const grant = await semaphore.acquire();
          await room.visit(name, PERMITS, grant.fencingToken, () => gate.holders());
          await grant.release();
        }
      };
      const enterOften = async (name: string) =>
        (await javaAt(path, name)).call("enter", TIMES, room.folder, name, PERMITS);
      const nodes = ["node-1", "node-2", "node-3"];
      const javas = ["java-1", "java-2", "java-3"];
      const all = Promise.all([...nodes.map(visitOften), ...javas.map(enterOften)]);
      const zk = await stage.client();
      // One of them has the turnstile, and has made the lease that is one too many; the others wait for it.
      await eventually(async () => (await zk.getChildren(`${path}/locks`)).length === nodes.length + javas.length);
      await closed.release();
      await all;
      expect(room.entries.length).toBe((nodes.length + javas.length) * TIMES);
      // Who was let in first may be told last: the tokens have the order.
      const inOrder = room.entries.toSorted((a, b) => (a.token < b.token ? -1 : 1));
      const first = inOrder.slice(0, nodes.length + javas.length).map(({ name }) => name);
      expect(first.toSorted()).toEqual([...javas, ...nodes]);
    });

    it("count each other's permits, and name who holds them", async () => {
      const path = stage.newPath();
      const [node, contender] = [await semaphoreAt(path), await javaAt(path)];
      const [token = ""] = await contender.call("acquire");
      expect(await node.tryAcquire({ permits: PERMITS })).toBe(undefined);
      const rest = await node.tryAcquire({ permits: PERMITS - 1 });
      expect(rest?.fencingToken).toBeGreaterThan(BigInt(token));
      expect((await node.holders()).map(({ id }) => id)).toEqual(["java", "node", "node"]);
      expect((await contender.call("participants")).toSorted()).toEqual(["java", "node", "node"]);
      const acquired = (await javaAt(path, "late")).call("acquire");
      await eventually(async () => (await node.holders()).length === PERMITS + 1);
      await rest?.release();
      await acquired;
      expect((await node.holders()).map(({ id }) => id)).toEqual(["java", "late"]);
    });
  });
});
