import { eventually } from "@conclave/testing";
import { expect } from "vitest";
import { ask, type ClusterTest, echo } from "./test-cluster.ts";

/** Tests of requests that are passed on. */
export function forwarding(test: ClusterTest): void {
  test('otherwise: "proxy" passes method, query and body on to the leader', async (cluster) => {
    const [, two] = await cluster.startAll("one", "two");
    const body = "grüße ".repeat(20_000);
    const answer = await ask(`${two!.url}/leader/proxy?a=1`, { method: "POST", body });
    expect(answer.headers.get("x-cluster-member")).toBe("one");
    expect(await echo(answer)).toEqual({ by: "one", method: "POST", url: "/leader/proxy?a=1", body });
    expect(await echo(await ask(`${two!.url}/leader/proxy`))).toMatchObject({ by: "one", method: "GET", body: "" });
  });

  test("a response that is passed back keeps its status, its content type and each cookie", async (cluster) => {
    const [one, two] = await cluster.startAll("one", "two");
    for (const { url } of [one!, two!]) {
      const answer = await ask(`${url}/leader/cookies`);
      expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
        201,
        "text/plain; charset=utf-8",
        "ü",
      ]);
      expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    }
  });

  test("a response without a content type is passed back as the leader itself sends it", async (cluster) => {
    const [one, two] = await cluster.startAll("one", "two");
    const get = async (url: string) => {
      const answer = await ask(`${url}/leader/bare`);
      return [answer.status, answer.headers.get("content-type"), await answer.text()];
    };
    const direct = await get(one!.url);
    expect([direct[0], direct[2]]).toEqual([200, "bare"]);
    expect(await get(two!.url)).toEqual(direct);
  });

  test("a request that maxHops members have passed on is refused with 503", async (cluster) => {
    const [one, two] = await cluster.startAll("one", "two");
    const send = (url: string, hops: string): Promise<Response> =>
      ask(`${url}/leader/proxy`, { headers: { "x-cluster-hops": hops } });
    expect((await echo(await send(two!.url, "1"))).by).toBe("one");
    expect((await echo(await send(two!.url, "nonsense"))).by).toBe("one");
    const refused = await send(two!.url, "2");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await refused.json()).toMatchObject({ code: "TOO_MANY_HOPS" });
    expect((await echo(await send(one!.url, "2"))).by).toBe("one");
  });

  test("a request for a member that cannot be reached is answered with 502", async (cluster) => {
    const [, two] = await cluster.startAll("one", "two");
    // No server listens there.
    const lost = await cluster.start("lost", { url: "http://127.0.0.1:9" });
    const keys = Array.from({ length: 64 }, (_, index) => `k${index}`);
    const refused = await eventually(async () => {
      for (const key of keys) {
        const answer = await ask(`${two!.url}/keys/${key}/proxy`);
        if (answer.headers.get("x-cluster-owner") === lost.id) return answer;
        await answer.text();
      }
      return undefined;
    });
    expect([refused?.status, await refused?.json()]).toMatchObject([502, { code: "UNREACHABLE" }]);
  });
}
