import { expect } from "vitest";
import { ask, echo, readiness, type StagedTest, until, viewOf } from "./contract-stage.ts";

/** Tests of outages of the ensemble. */
export function faults(test: StagedTest): void {
  test("is degraded while the connection is lost: it leads and owns nothing, and comes back", async (stage) => {
    const [one, proxy] = await stage.startShaky("one", { connect: { sessionTimeoutMs: 15_000 } });
    const before = await stage.agree([one]);
    proxy.refuse();
    proxy.cut();
    await until(async () => (await readiness(one.url)) === "200 degraded");
    for (const path of ["/leader/redirect", "/leader/proxy", "/keys/k/proxy"]) {
      const answer = await ask(one.url + path);
      expect([path, answer.status, answer.headers.get("retry-after")]).toEqual([path, 503, "1"]);
      expect(await answer.json()).toMatchObject({ code: "IN_DOUBT" });
      expect(answer.headers.get("x-cluster-leader")).toBeNull();
    }
    proxy.accept();
    await until(async () => (await readiness(one.url)) === "200 ready");
    const { token } = await until(async () => {
      const view = await viewOf(one.url);
      return view.token !== null && view.leader === "one" && view;
    });
    expect(token).not.toBe(before.token);
    expect((await echo(await ask(`${one.url}/keys/k/proxy`))).by).toBe("one");
  });

  test("is ready again when it has seen what it missed, not before", async (stage) => {
    const connect = { sessionTimeoutMs: 15_000, backoff: { initialMs: 20, maxMs: 50 } };
    const [one, proxy] = await stage.startShaky("one", { connect });
    const two = await stage.start("two");
    await stage.agree([one, two]);
    proxy.refuse();
    proxy.cut();
    await until(async () => (await readiness(one.url)) === "200 degraded");
    await two.drain();
    proxy.delay(150);
    proxy.accept();
    await until(async () => (await readiness(one.url)) === "200 ready");
    proxy.delay(0);
    expect((await viewOf(one.url)).members).toEqual(["one"]);
  });

  test("goes on with what it had, if it is to", async (stage) => {
    const connect = { sessionTimeoutMs: 15_000, backoff: { initialMs: 20, maxMs: 50 } };
    const [one, proxy] = await stage.startShaky("one", { onSuspended: "keep", connect });
    await stage.agree([one]);
    proxy.refuse();
    proxy.cut();
    await until(async () => (await readiness(one.url)) === "200 degraded");
    expect((await echo(await ask(`${one.url}/leader/redirect`))).by).toBe("one");
    expect((await echo(await ask(`${one.url}/keys/k/refuse`))).by).toBe("one");
  });

  test("is followed when it dies, and is a member again in its next session, leading nothing by its old word", async (stage) => {
    const [one, proxy] = await stage.startShaky("one");
    await stage.agree([one]);
    const two = await stage.start("two");
    await stage.agree([one, two]);
    const { token: old } = await viewOf(one.url);
    proxy.refuse();
    proxy.cut();
    const { token } = await until(async () => {
      const view = await viewOf(two.url);
      return view.members.join() === "two" && view.token !== null && view;
    });
    expect(BigInt(token!) > BigInt(old!)).toBe(true);
    proxy.accept();
    const { leader, members } = await stage.agree([one, two]);
    expect([leader, members]).toEqual(["two", ["two", "one"]]);
    await until(async () => (await readiness(one.url)) === "200 ready");
    expect((await echo(await ask(`${one.url}/leader/proxy`))).by).toBe("two");
  });
}
