import { expect } from "vitest";
import { ask, echo, type StagedTest, until } from "./contract-stage.ts";

/** Tests of requests that are passed on. */
export function proxies(test: StagedTest): void {
  test("passes a request on to the leader: method, query and body", async (stage) => {
    const [, two] = await stage.startAll("one", "two");
    const body = "grüße ".repeat(20_000);
    const answer = await ask(`${two!.url}/leader/proxy?a=1`, { method: "POST", body });
    expect(answer.headers.get("x-cluster-member")).toBe("one");
    expect(await echo(answer)).toEqual({ by: "one", method: "POST", url: "/leader/proxy?a=1", body });
    expect(await echo(await ask(`${two!.url}/leader/proxy`))).toMatchObject({ by: "one", method: "GET", body: "" });
  });

  test("passes the answer back as it is: status, type, each cookie", async (stage) => {
    const [one, two] = await stage.startAll("one", "two");
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

  test("gives an answer without a type the one that it has from the leader itself, if any", async (stage) => {
    const [one, two] = await stage.startAll("one", "two");
    const tell = async (url: string) => {
      const answer = await ask(`${url}/leader/bare`);
      return [answer.status, answer.headers.get("content-type"), await answer.text()];
    };
    const direct = await tell(one!.url);
    expect([direct[0], direct[2]]).toEqual([200, "bare"]);
    expect(await tell(two!.url)).toEqual(direct);
  });

  test("passes a request on as often as it may, and then refuses it", async (stage) => {
    const [one, two] = await stage.startAll("one", "two");
    const hop = (hops: string): Promise<Response> => {
      return ask(`${two!.url}/leader/proxy`, { headers: { "x-cluster-hops": hops } });
    };
    expect((await echo(await hop("1"))).by).toBe("one");
    expect((await echo(await hop("nonsense"))).by).toBe("one");
    const refused = await hop("2");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await refused.json()).toMatchObject({ code: "TOO_MANY_HOPS" });
    const arrived = await ask(`${one!.url}/leader/proxy`, { headers: { "x-cluster-hops": "2" } });
    expect((await echo(arrived)).by).toBe("one");
  });

  test("answers 502 where the member cannot be reached", async (stage) => {
    const [, two] = await stage.startAll("one", "two");
    // Nothing listens there.
    const lost = await stage.start("lost", { url: "http://127.0.0.1:9" });
    const keys = Array.from({ length: 64 }, (_, index) => `k${index}`);
    const refused = await until(async () => {
      for (const key of keys) {
        const answer = await ask(`${two!.url}/keys/${key}/proxy`);
        if (answer.headers.get("x-cluster-owner") === lost.id) return answer;
        await answer.text();
      }
      return undefined;
    });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([502, "UNREACHABLE"]);
  });
}
