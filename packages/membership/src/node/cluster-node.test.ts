import { hostname } from "node:os";
import { connect } from "@conclave/client";
import { type Clock, silentLogger, silentMeter, systemClock } from "@conclave/runtime";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest } from "@conclave/vitest";
import { expect, it, onTestFinished } from "vitest";
import { nodesOn, PATIENT } from "../../test-support/nodes-on.js";
import { ClusterNode } from "./cluster-node.js";

const MEMBERS = 1_000;

describeOnEachEnsemble("a node", (ensemble: EnsembleUnderTest) => {
  const { group, servers, join } = nodesOn(ensemble);

  it("uses an existing client, and leaves it open when it drains", async () => {
    const zk = await connect(ensemble.connectString() + ensemble.root, PATIENT.connect);
    onTestFinished(() => zk.close());
    const reports: string[] = [];
    const meter = { ...silentMeter, gauge: (name: string) => void reports.push(name) };
    const node = new ClusterNode({ client: zk, group: group(), id: "one", drainDelayMs: 0, meter });
    await node.join({ url: "http://one.example" });
    await eventually(() => reports.includes("membership_members"));
    await node.drain();
    expect([zk.state, node.status, await zk.getChildren(`/conclave/groups/${group()}`)]).toEqual([
      "connected",
      "closed",
      [],
    ]);
    await new Promise((resolve) => setImmediate(resolve));
    reports.length = 0;
    // The node no longer listens to the client, whose state changes now.
    await zk.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(reports).toEqual([]);
  });

  it("ends its event streams only when the ensemble has confirmed that it left the group", async () => {
    const proxy = await startFaultProxy({ target: ensemble.connectString().split(",")[0]! });
    onTestFinished(() => proxy.close());
    let afterDelay: Promise<void> | undefined;
    const drainDelayMs = 7;
    const clock: Clock = {
      ...systemClock,
      setTimer: (delayMs, callback) =>
        systemClock.setTimer(delayMs, () => {
          callback();
          if (delayMs === drainDelayMs) afterDelay = new Promise((resolve) => void setImmediate(resolve));
        }),
    };
    const node = await join("one", { servers: proxy.connectString + ensemble.root, drainDelayMs, clock });
    proxy.freeze();
    const withdrawn = node.withdraw();
    await eventually(() => afterDelay !== undefined);
    await afterDelay;
    expect(node.leaving.aborted).toBe(false);
    proxy.thaw();
    await withdrawn;
    expect(node.leaving.aborted).toBe(true);
  });

  it("calls the other listeners when one throws, and logs the error", async () => {
    const errors: string[] = [];
    const logger = { ...silentLogger, error: (line: string) => void errors.push(line) };
    const node = await join("one", { logger });
    let calls = 0;
    node.onChange(() => {
      throw new Error("a listener of the test");
    });
    const stop = node.onChange(() => calls++);
    await join("two");
    await eventually(() => calls > 0 && node.members.length === 2);
    expect(errors).toContain("a listener of cluster.onChange threw");
    await new Promise((resolve) => setImmediate(resolve));
    stop();
    calls = 0;
    await join("three");
    await eventually(() => node.members.length === 3);
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toBe(0);
  });

  it("chooses different default ids, even for the same host and port", async () => {
    const ids: unknown[] = [];
    for (let index = 0; index < 2; index++) {
      const node = new ClusterNode({ servers: servers(), ...PATIENT, group: group(), drainDelayMs: 0 });
      onTestFinished(() => node.drain());
      await node.join({ url: "http://one.example:3000" });
      ids.push(node.self?.id);
    }
    const pattern = new RegExp(`^${hostname()}:3000-[0-9a-f]{8}$`);
    expect(ids).toEqual([expect.stringMatching(pattern), expect.stringMatching(pattern)]);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it("warns once after 2 s while another session has its id, and joins when that session has left", async () => {
    const first = await join("one");
    const timers: { readonly delayMs: number; readonly callback: () => void }[] = [];
    const clock: Clock = {
      ...systemClock,
      setTimer: (delayMs, callback) => {
        timers.push({ delayMs, callback });
        return systemClock.setTimer(delayMs === 2_000 ? 1_000_000 : delayMs, callback);
      },
    };
    const warnings: [string, object?][] = [];
    const logger = { ...silentLogger, warn: (...line: [string, object?]) => void warnings.push(line) };
    const joining = join("one", { clock, logger, url: "http://two.example" });
    // The first one is of `connect`.
    const due = await eventually(() => timers.filter(({ delayMs }) => delayMs === 2_000)[1]);
    expect(warnings).toEqual([]);
    due!.callback();
    expect(warnings).toEqual([
      [
        expect.stringMatching(/waiting to join g\d+: another session is the member one\. Ids must differ/),
        expect.anything(),
      ],
    ]);
    expect(warnings[0]?.[1]).toMatchObject({ id: "one", url: "http://one.example", sessionId: expect.any(BigInt) });
    await first.drain();
    expect((await joining).self?.url).toBe("http://two.example");
  });

  it("rejects a pending join when it drains, and is closed", async () => {
    await join("one");
    const second = new ClusterNode({ servers: servers(), ...PATIENT, group: group(), id: "one", drainDelayMs: 60_000 });
    // The name is taken, so it waits.
    const joining = second.join({ url: "http://two.example" });
    joining.catch(() => {});
    await second.open();
    expect([second.status, second.self]).toEqual(["starting", undefined]);
    await second.drain();
    await expect(joining).rejects.toThrow("join was cancelled: the member drains");
    expect(second.status).toBe("closed");
  });

  it("is in its own list of members as soon as join resolves", async () => {
    for (let index = 0; index < 20; index++) {
      const node = await join(`m${index}`);
      expect([node.members.some(({ id }) => id === node.self?.id), node.status]).toEqual([true, "ready"]);
    }
  });

  it("leaves no znode when it drains just after the ensemble has registered it", async () => {
    await using zk = await connect(ensemble.connectString() + ensemble.root, PATIENT.connect);
    let drained: Promise<void> | undefined;
    const clock: Clock = {
      ...systemClock,
      setTimer: (delayMs, callback) => {
        const timer = systemClock.setTimer(delayMs, callback);
        // The timer of the pending join is cancelled when the ensemble has registered the member, and before join goes on.
        const cancel = (): void => {
          timer.cancel();
          if (delayMs === 2_000) drained = node.drain();
        };
        return { ...timer, cancel };
      },
    };
    const node = new ClusterNode({ client: zk, group: group(), id: "one", clock, drainDelayMs: 0 });
    await expect(node.join({ url: "http://one.example" })).rejects.toThrow("join was cancelled: the member drains");
    await drained;
    expect([node.status, node.self, node.leadership]).toEqual(["closed", undefined, undefined]);
    await zk.sync("/");
    expect(await zk.getChildren(`/conclave/groups/${group()}`)).toEqual([]);
    expect(await zk.exists(`/conclave/elections/${group()}`)).toBeNull();
  });

  it("rejects join when no ensemble can be reached", async () => {
    const node = new ClusterNode({ servers: "127.0.0.1:1", group: "g", connectTimeoutMs: 50 });
    await expect(node.join({ url: "http://one.example" })).rejects.toThrow();
    expect(node.status).toBe("starting");
    await node.drain();
  });

  // One report for each member would stop a process of a large cluster for longer than its session lasts.
  it("reports members that join together in a few calls of its listeners", async () => {
    const node = await join("one");
    let reports = 0;
    node.onChange(() => reports++);
    await using zk = await connect(servers(), PATIENT.connect);
    const record = JSON.stringify({ url: "http://127.0.0.1:3001", status: "up" });
    const joining = zk.transaction();
    for (let index = 0; index < MEMBERS; index++) joining.create(`/conclave/groups/${group()}/${index}`, record);
    await joining.commit();
    await eventually(() => node.members.length === MEMBERS + 1, { what: "all members" });
    // One for each turn of the event loop: on a busy machine an answer of the servers takes a turn of its own more often.
    expect(reports).toBeLessThan(MEMBERS / 2);
  });
});
