import { connect } from "@conclave/client";
import { CriticalSection, CuratorProcess, contend, NodeHolder, onCuratorOnly } from "@conclave/curator";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../../test-support/test-context.js";
import { Mutex } from "../mutex/mutex.js";
import { LeaderElection } from "./leader-election.js";

const TIMES = 20;
const EXCLUSIVE = { limit: "exclusive" } as const;

describe("elections that are shared with Curator", await onCuratorOnly(), () => {
  let java: CuratorProcess;
  beforeAll(async () => {
    java = await CuratorProcess.start();
  });
  afterAll(() => java[Symbol.asyncDispose]());

  describeOnEachEnsemble("LeaderElection and LeaderLatch", (servers) => {
    const ensemble = oneServer(servers);
    const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => context.open());

    const electionAt = async (path: string, id = "node") => new LeaderElection(await context.client(), { path, id });
    const latchAt = (path: string, id = "java") =>
      java.open("latch", { connectString: ensemble.connectString(), path, id });

    it("have one leader at a time, in the order in which the candidates joined, with rising tokens", async () => {
      const path = context.newPath();
      using section = new CriticalSection();
      const gatekeeper = await electionAt(path);
      const gate = await gatekeeper.campaign();
      const nodes = await Promise.all(["node-1", "node-2"].map((name) => electionAt(path, name)));
      const javas = await Promise.all(["java-1", "java-2"].map((name) => latchAt(path, name)));
      await contend({
        ...{ section, gate, times: TIMES },
        node: nodes.map((election) => ({ ...EXCLUSIVE, name: election.id, acquire: () => election.campaign() })),
        java: javas.map((recipe, index) => ({ ...EXCLUSIVE, name: `java-${index + 1}`, recipe })),
        waiting: async () => (await gatekeeper.participants()).length - 1,
        work: () => gatekeeper.participants(),
      });
      expect(section.entries.length).toBe(4 * TIMES);
      expect(section.entries).toEqual(section.entriesByToken);
      expect(section.entries[0]?.token).toBeGreaterThan(gate.fencingToken);
      const first = section.entries.slice(0, 4).map(({ name }) => name);
      expect(first.toSorted()).toEqual(["java-1", "java-2", "node-1", "node-2"]);
    });

    it("list the leader and the waiting candidates of the other kind, and are observed without a candidate", async () => {
      const path = context.newPath();
      const [node, latch, watching] = [await electionAt(path), await latchAt(path), await latchAt(path)];
      const leaders = node.observe();
      expect((await leaders.next()).value).toBe(undefined);
      const [token = ""] = await latch.call("acquire");
      expect((await leaders.next()).value).toMatchObject({ id: "java", fencingToken: BigInt(token) });
      const elected = node.campaign();
      await eventually(async () => (await node.participants()).length === 2);
      expect((await node.participants()).map(({ id }) => id)).toEqual(["java", "node"]);
      await eventually(async () => (await watching.call("participants")).toSorted().join() === "java,node");
      await latch.call("release");
      const leadership = await elected;
      expect((await leaders.next()).value).toMatchObject({ id: "node", fencingToken: leadership.fencingToken });
      await leaders.return?.();
      await leadership.release();
    });

    it("pass from a Node.js leader to the Java candidate that it nominates, past a waiting candidate", async () => {
      const path = context.newPath();
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

    it("pass to a waiting Java candidate although the leader nominated a later one", async () => {
      const path = context.newPath();
      const [first, second, latch] = [await electionAt(path), await electionAt(path, "named"), await latchAt(path)];
      const leadership = await first.campaign();
      const acquired = latch.call("acquire");
      await eventually(async () => (await first.participants()).length === 2);
      const elected = second.campaign();
      await eventually(async () => (await first.participants()).length === 3);
      await leadership.transferTo("named");
      await acquired;
      expect((await first.participants()).map(({ id }) => id)).toEqual(["java", "named"]);
      await latch.call("release");
      await (await elected).release();
    });

    it("pass to Node.js when the session of a killed Java leader has ended", async () => {
      const path = context.newPath();
      const node = await electionAt(path);
      await using victim = await CuratorProcess.start();
      const latch = await victim.open("latch", {
        ...{ connectString: ensemble.connectString(), path },
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

    it("pass to Java when the session of a killed Node.js leader has ended", async () => {
      const path = context.newPath();
      const at = `${path}/LeaderElection`;
      const [node, latch] = [await electionAt(at), await latchAt(at)];
      await using holder = await NodeHolder.start({
        ...{ recipes: ["LeaderElection"], connectString: ensemble.connectString(), path },
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

  describeOnEachEnsemble("Mutex and LeaderSelector", (servers) => {
    const ensemble = oneServer(servers);
    const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => context.open());

    it("are one election: the holder of the mutex is the leader", async () => {
      const path = context.newPath();
      using section = new CriticalSection();
      const mutex = new Mutex(await context.client(), { path });
      const gate = await mutex.acquire();
      const recipe = await java.open("selector", { connectString: ensemble.connectString(), path });
      await contend({
        ...{ section, gate, times: TIMES },
        node: [{ ...EXCLUSIVE, name: "node", acquire: () => mutex.acquire() }],
        java: [{ ...EXCLUSIVE, name: "java", recipe }],
        waiting: async () => (await mutex.contenders()).length - 1,
        work: () => mutex.contenders(),
      });
      const { entries } = section;
      expect(
        entries
          .slice(0, 2)
          .map(({ name }) => name)
          .toSorted(),
      ).toEqual(["java", "node"]);
      expect(entries.length).toBe(2 * TIMES);
      expect(entries).toEqual(section.entriesByToken);
    });

    it("list each other's participants", async () => {
      const path = context.newPath();
      const mutex = new Mutex(await context.client(), { path, id: "node" });
      const selector = await java.open("selector", { connectString: ensemble.connectString(), path });
      await selector.call("acquire");
      const acquired = mutex.acquire();
      await eventually(async () => (await mutex.contenders()).length === 2);
      expect((await mutex.contenders()).map(({ id }) => id)).toEqual(["java", "node"]);
      await eventually(async () => (await selector.call("participants")).toSorted().join() === "java,node");
      await selector.call("release");
      await (await acquired).release();
    });
  });
});
