import { eventually } from "@conclave/testing";
import { expect } from "vitest";
import { ask, type ClusterTest, echo, readiness, viewOf } from "./test-cluster.ts";

/** Tests of outages of the ensemble. */
export function outages(test: ClusterTest): void {
  test("a member without a connection is degraded, refuses guarded requests with 503, and recovers", async (cluster) => {
    const [one, proxy] = await cluster.startBehindProxy("one");
    const before = await cluster.agree([one]);
    proxy.refuse();
    proxy.cut();
    await eventually(() => readiness(one.url), { until: (text) => text === "200 degraded" });
    for (const path of ["/leader/redirect", "/leader/proxy", "/keys/k/proxy"]) {
      const answer = await ask(one.url + path);
      expect([path, answer.status, answer.headers.get("retry-after")]).toEqual([path, 503, "1"]);
      expect(await answer.json()).toMatchObject({ code: "IN_DOUBT" });
      expect(answer.headers.get("x-cluster-leader")).toBeNull();
    }
    proxy.accept();
    await eventually(() => readiness(one.url), { until: (text) => text === "200 ready" });
    const leads = await eventually(() => viewOf(one.url), {
      until: (view) => view.token !== null && view.leader !== null,
    });
    expect(leads.leader).toBe("one");
    expect(leads.token).not.toBe(before.token);
    expect((await echo(await ask(`${one.url}/keys/k/proxy`))).by).toBe("one");
  });

  test("a member that is connected again is ready only when it has seen the changes that it missed", async (cluster) => {
    const [one, proxy] = await cluster.startBehindProxy("one");
    const two = await cluster.start("two");
    await cluster.agree([one, two]);
    proxy.refuse();
    proxy.cut();
    await eventually(() => readiness(one.url), { until: (text) => text === "200 degraded" });
    await two.drain();
    proxy.delay(150);
    proxy.accept();
    await eventually(() => readiness(one.url), { until: (text) => text === "200 ready" });
    proxy.delay(0);
    expect((await viewOf(one.url)).members).toEqual(["one"]);
  });

  test('with onSuspended "keep", a member without a connection keeps its leadership and its keys', async (cluster) => {
    const [one, proxy] = await cluster.startBehindProxy("one", { onSuspended: "keep" });
    await cluster.agree([one]);
    proxy.refuse();
    proxy.cut();
    await eventually(() => readiness(one.url), { until: (text) => text === "200 degraded" });
    expect((await echo(await ask(`${one.url}/leader/redirect`))).by).toBe("one");
    expect((await echo(await ask(`${one.url}/keys/k/refuse`))).by).toBe("one");
  });

  test("a leader whose session ends is succeeded, and is in its next session a member that does not lead", async (cluster) => {
    const [one, proxy, client] = await cluster.startWithClient("one");
    await cluster.agree([one]);
    const two = await cluster.start("two");
    await cluster.agree([one, two]);
    const { token: old } = await viewOf(one.url);
    proxy.refuse();
    proxy.cut();
    await eventually(() => readiness(one.url), { until: (text) => text === "200 degraded" });
    await cluster.endSession(client);
    const { token } = await eventually(() => viewOf(two.url), {
      until: (view) => view.members.join() === "two" && view.token !== null,
    });
    expect(BigInt(token!) > BigInt(old!)).toBe(true);
    proxy.accept();
    const { leader, members } = await cluster.agree([one, two]);
    expect([leader, members]).toEqual(["two", ["two", "one"]]);
    await eventually(() => readiness(one.url), { until: (text) => text === "200 ready" });
    expect((await echo(await ask(`${one.url}/leader/proxy`))).by).toBe("two");
  });
}
