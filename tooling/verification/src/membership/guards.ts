import { expect } from "vitest";
import { ask, type ClusterTest, echo } from "./test-cluster.ts";

/** Tests of `leaderOnly` and `ownedBy`. */
export function guards(test: ClusterTest): void {
  test("leaderOnly runs the handler in the leader, and other members redirect to the same path and query there", async (cluster) => {
    const [one, two] = await cluster.startAll("one", "two");
    expect(await echo(await ask(`${one!.url}/leader/redirect?a=1`))).toMatchObject({ by: "one", method: "GET" });
    const answer = await ask(`${two!.url}/leader/redirect?a=1&b=%20`, { method: "POST", body: "x" });
    expect([answer.status, answer.headers.get("location")]).toEqual([307, `${one!.url}/leader/redirect?a=1&b=%20`]);
    const followed = await fetch(`${two!.url}/leader/redirect`, { method: "POST", body: "hello" });
    expect(await echo(followed)).toMatchObject({ by: "one", method: "POST", body: "hello" });
  });

  test('leaderOnly with otherwise: "refuse" responds with 421, and with the id and the URL of the leader', async (cluster) => {
    const [one, two] = await cluster.startAll("one", "two");
    const answer = await ask(`${two!.url}/leader/refuse`);
    expect(answer.headers.get("content-type")).toMatch("application/problem+json");
    expect(await answer.json()).toMatchObject({ status: 421, code: "NOT_LEADER", member: "one", url: one!.url });
    expect(answer.status).toBe(421);
  });

  test("all members pass requests for one key on to the same owner", async (cluster) => {
    const members = await cluster.startAll("one", "two", "three");
    const owners = new Set<string>();
    for (let key = 0; key < 12; key++) {
      const answers = await Promise.all(members.map(({ url }) => ask(`${url}/keys/k${key}/proxy`)));
      const by = await Promise.all(answers.map(async (answer) => (await echo(answer)).by));
      const named = answers.map(({ headers }) => [headers.get("x-cluster-owner"), headers.get("x-cluster-member")]);
      expect(new Set([...by, ...named.flat()]).size, `k${key}: ${by.join()} ${named.join()}`).toBe(1);
      owners.add(by[0]!);
    }
    expect(owners.size).toBe(3);
  });

  test("ownedBy redirects to the owner of a key, or refuses with its id and URL", async (cluster) => {
    const members = await cluster.startAll("one", "two");
    const { by: owner } = await echo(await fetch(`${members[0]!.url}/keys/some%2Fthing/redirect`));
    const [owning, other] = members[0]!.id === owner ? members : [...members].reverse();
    const answer = await ask(`${other!.url}/keys/some%2Fthing/redirect`);
    expect([answer.status, answer.headers.get("location")]).toEqual([307, `${owning!.url}/keys/some%2Fthing/redirect`]);
    const refusal = await ask(`${other!.url}/keys/some%2Fthing/refuse`);
    expect(await refusal.json()).toMatchObject({ status: 421, code: "NOT_OWNER", member: owner });
    expect(refusal.headers.get("x-cluster-owner")).toBe(owner);
  });

  test("an error of a guarded handler is reported by the framework, and the leader answers later requests", async (cluster) => {
    const [one] = await cluster.startAll("one");
    expect((await ask(`${one!.url}/leader/error`)).status).toBe(500);
    expect((await echo(await ask(`${one!.url}/leader/redirect`))).by).toBe("one");
  });
}
