import { connect } from "@conclave/client";
import { CuratorProcess, NodeHolder, onCuratorOnly, Room } from "@conclave/curator";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { LeaderElection } from "./leader-election/leader-election.js";
import { Mutex } from "./mutex/mutex.js";
import { Stage } from "./stage.js";

const TIMES = 20;
const SHORT_SESSION_MS = 1_500;

describe("elections that are shared with Curator", await onCuratorOnly(), () => {
  let java: CuratorProcess;
  beforeAll(async () => {
    java = await CuratorProcess.start();
  });
  afterAll(() => java[Symbol.asyncDispose]());

  describeOnEachEnsemble("LeaderElection and LeaderLatch", (ensemble) => {
    const stage = new Stage({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => stage.open());

    const electionAt = async (path: string, id = "node") => new LeaderElection(await stage.client(), { path, id });
    const latchAt = (path: string, id = "java") =>
      java.open("latch", { connectString: ensemble.connectString(), path, id });

    it("have one leader at a time, all by turns, in the order of standing, by rising tokens", async () => {
      const path = stage.newPath();
      using room = new Room();
      const gate = await electionAt(path);
      const closed = await gate.campaign();
      const leadOften = async (name: string) => {
        const election = await electionAt(path, name);
        for (let done = 0; done < TIMES; done++) {
          const leadership = await election.campaign();
          await room.visit(name, "alone", leadership.fencingToken, () => gate.participants());
          await leadership.release();
        }
      };
      const enterOften = async (name: string) =>
        (await latchAt(path, name)).call("enter", TIMES, room.folder, name, "alone");
      const all = Promise.all([...["node-1", "node-2"].map(leadOften), ...["java-1", "java-2"].map(enterOften)]);
      await eventually(async () => (await gate.participants()).length === 5);
      await closed.release();
      await all;

      const tokens = room.entries.map(({ token }) => token);
      expect(tokens).toEqual(tokens.toSorted((a, b) => (a < b ? -1 : 1)));
      expect(new Set(tokens).size).toBe(4 * TIMES);
      expect(room.entries[0]?.token).toBeGreaterThan(closed.fencingToken);
      const first = room.entries.slice(0, 4).map(({ name }) => name);
      expect(first.toSorted()).toEqual(["java-1", "java-2", "node-1", "node-2"]);
    });

    it("name those of the other kind who lead and wait, and tell from outside that another leads", async () => {
      const path = stage.newPath();
      const [node, latch, watching] = [await electionAt(path), await latchAt(path), await latchAt(path)];
      const leaders = node.observe();
      expect((await leaders.next()).value).toBe(undefined);
      const [token = ""] = await latch.call("acquire");
      expect((await leaders.next()).value).toMatchObject({ id: "java", fencingToken: BigInt(token) });
      const elected = node.campaign();
      await eventually(async () => (await node.participants()).length === 2);
      expect((await node.participants()).map(({ id }) => id)).toEqual(["java", "node"]);
      expect((await watching.call("participants")).toSorted()).toEqual(["java", "node"]);
      await latch.call("release");
      const leadership = await elected;
      expect((await leaders.next()).value).toMatchObject({ id: "node", fencingToken: leadership.fencingToken });
      await leaders.return?.();
      await leadership.release();
    });

    it("let a Node.js leader name a Java candidate that follows it past another", async () => {
      const path = stage.newPath();
      const [first, second, latch] = [await electionAt(path), await electionAt(path), await latchAt(path)];
      const leadership = await first.campaign();
      const elected = second.campaign();
      await eventually(async () => (await first.participants()).length === 2);
      const acquired = latch.call("acquire");
      await eventually(async () => (await first.participants()).length === 3);
      await leadership.transferTo("java");
      await acquired;
      expect((await first.leader())?.id).toBe("java");
      await latch.call("release");
      await (await elected).release();
    });

    it("are led by Node.js when the Java leader was killed, once its session is over", async () => {
      const path = stage.newPath();
      const node = await electionAt(path);
      await using victim = await CuratorProcess.start();
      const latch = await victim.open("latch", {
        ...{ connectString: ensemble.connectString(), path, sessionTimeoutMs: SHORT_SESSION_MS },
      });
      const [token = ""] = await latch.call("acquire");
      const elected = node.campaign();
      await eventually(async () => (await node.participants()).length === 2);
      expect((await node.leader())?.fencingToken).toBe(BigInt(token));
      await victim.kill();
      const leadership = await elected;
      expect(leadership.fencingToken).toBeGreaterThan(BigInt(token));
      await leadership.release();
    });

    it("are led by Java when the Node.js leader was killed, once its session is over", async () => {
      const path = stage.newPath();
      const [node, latch] = [await electionAt(path), await latchAt(path)];
      await using holder = await NodeHolder.start({
        ...{ recipe: "LeaderElection", connectString: ensemble.connectString(), path },
        sessionTimeoutMs: SHORT_SESSION_MS,
      });
      const held = await node.leader();
      const acquired = latch.call("acquire");
      await eventually(async () => (await node.participants()).length === 2);
      await holder.kill();
      const [token = ""] = await acquired;
      expect(BigInt(token)).toBeGreaterThan(held?.fencingToken ?? 0n);
      await latch.call("release");
    });
  });

  describeOnEachEnsemble("Mutex and LeaderSelector", (ensemble) => {
    const stage = new Stage({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => stage.open());

    it("are one election: who holds the mutex leads, and both know each other", async () => {
      const path = stage.newPath();
      using room = new Room();
      const mutex = new Mutex(await stage.client(), { path, id: "node" });
      const selector = await java.open("selector", { connectString: ensemble.connectString(), path });
      const closed = await mutex.acquire();
      const entered = selector.call("enter", TIMES, room.folder, "java", "alone");
      await eventually(async () => (await mutex.contenders()).length === 2);
      expect((await mutex.contenders()).map(({ id }) => id)).toEqual(["node", "java"]);
      const visited = (async () => {
        for (let done = 0; done < TIMES; done++) {
          const grant = await mutex.acquire();
          await room.visit("node", "alone", grant.fencingToken, () => mutex.contenders());
          await grant.release();
        }
      })();
      await eventually(async () => (await mutex.contenders()).length === 3);
      await closed.release();
      await Promise.all([entered, visited]);
      const { entries } = room;
      expect(entries.slice(0, 2).map(({ name }) => name)).toEqual(["java", "node"]);
      expect(entries.length).toBe(2 * TIMES);
      expect(entries).toEqual(entries.toSorted((a, b) => (a.token < b.token ? -1 : 1)));
    });

    it("name each other's participants", async () => {
      const path = stage.newPath();
      const mutex = new Mutex(await stage.client(), { path, id: "node" });
      const selector = await java.open("selector", { connectString: ensemble.connectString(), path });
      await selector.call("acquire");
      const acquired = mutex.acquire();
      await eventually(async () => (await mutex.contenders()).length === 2);
      expect((await selector.call("participants")).toSorted()).toEqual(["java", "node"]);
      await selector.call("release");
      await (await acquired).release();
    });
  });
});
