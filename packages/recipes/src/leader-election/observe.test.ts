import { connect } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { LeaderElection } from "./leader-election.js";

describeOnEachEnsemble("an observed election", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it("reports its leader from before the election's znode exists until the signal aborts", async () => {
    const path = context.newPath();
    const zk = await context.client();
    const stop = new AbortController();
    const seen = new LeaderElection(zk, { path }).observe({ signal: stop.signal });
    expect(await seen.next()).toEqual({ done: false, value: undefined });
    const other = await context.client();
    const first = await new LeaderElection(other, { path, id: "a" }).campaign();
    expect(await seen.next()).toMatchObject({ value: { id: "a", fencingToken: first.fencingToken } });
    const second = new LeaderElection(other, { path, id: "b" }).campaign();
    await first.release();
    expect(await seen.next()).toMatchObject({ value: { id: "b" } });
    await (await second).release();
    expect(await seen.next()).toEqual({ done: false, value: undefined });
    const last = seen.next();
    stop.abort();
    expect(await last).toEqual({ done: true, value: undefined });
  });

  it("wakes an observer only when the leader's znode is deleted, however many candidates wait", async () => {
    const path = context.newPath();
    const zk = await context.client();
    const { zk: outside, proxy } = await context.unstable();
    const leader = await new LeaderElection(zk, { path, id: "a" }).campaign();
    await outside.sync(path);
    const seen = new LeaderElection(outside, { path }).observe();
    expect(await seen.next()).toMatchObject({ value: { id: "a" } });
    const change = seen.next();
    const election = new LeaderElection(zk, { path, id: "b" });
    const stop = new AbortController();
    const behind = Array.from({ length: 5 }, () => election.campaign({ signal: stop.signal }).catch(() => {}));
    await eventually(async () => (await election.participants()).length === 6);
    stop.abort();
    await Promise.all(behind);
    await eventually(async () => (await election.participants()).length === 1);
    void election.campaign();
    await eventually(async () => (await election.participants()).length === 2);
    await outside.sync(path);
    expect(proxy.traffic.notifications).toBe(0);
    await leader.release();
    expect(await change).toMatchObject({ value: { id: "b" } });
    expect(proxy.traffic.notifications).toBe(1);
    await seen.return?.();
  });

  it("reports missed changes after a lost connection and an expired session, and ends when its client is closed", async () => {
    const path = context.newPath();
    const zk = await context.client();
    const { zk: outside, isolate, accept, reaches } = await context.dying();
    const seen = new LeaderElection(outside, { path }).observe();
    expect(await seen.next()).toEqual({ done: false, value: undefined });
    for (const state of ["suspended", "expired"] as const) {
      const change = seen.next();
      isolate();
      await reaches(state);
      const leader = await new LeaderElection(zk, { path, id: state }).campaign();
      accept();
      expect(await change).toMatchObject({ value: { id: state } });
      await leader.release();
      expect(await seen.next()).toEqual({ done: false, value: undefined });
    }
    const last = seen.next();
    await outside.close();
    expect(await last).toEqual({ done: true, value: undefined });
  });

  it("is led only by a healthy candidate, which resigns when its check fails and campaigns again when it succeeds", async () => {
    const path = context.newPath();
    const zk = await context.client();
    let isWell = false;
    const stop = new AbortController();
    const runs: bigint[] = [];
    const codes: unknown[] = [];
    const a = new LeaderElection(zk, { path, id: "a" });
    const leading = a.lead(
      async ({ signal, fencingToken }) => {
        runs.push(fencingToken);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        codes.push(signal.reason.code);
      },
      { signal: stop.signal, health: { check: () => isWell, intervalMs: 1 } },
    );
    const b = await new LeaderElection(zk, { path, id: "b" }).campaign();
    expect(await a.participants()).toHaveLength(1);
    isWell = true;
    await eventually(async () => (await a.participants()).length === 2);
    isWell = false;
    await eventually(async () => (await a.participants()).length === 1);
    await b.release();
    isWell = true;
    await eventually(() => a.current !== undefined);
    isWell = false;
    await eventually(async () => a.current === undefined && (await a.participants()).length === 0);
    isWell = true;
    await eventually(() => runs.length === 2);
    stop.abort();
    await leading;
    expect(codes).toEqual(["RELEASED", "RELEASED"]);
    expect(runs[0]! < runs[1]!).toBe(true);
  });
});
