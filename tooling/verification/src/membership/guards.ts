import { expect } from "vitest";
import { ask, echo, type StagedTest } from "./contract-stage.ts";

/** Tests of `leaderOnly` and `ownedBy`. */
export function guards(test: StagedTest): void {
  test("runs at the leader, and redirects to it from elsewhere, path and query kept", async (stage) => {
    const [one, two] = await stage.startAll("one", "two");
    expect(await echo(await ask(`${one!.url}/leader/redirect?a=1`))).toMatchObject({ by: "one", method: "GET" });
    const answer = await ask(`${two!.url}/leader/redirect?a=1&b=%20`, { method: "POST", body: "x" });
    expect([answer.status, answer.headers.get("location")]).toEqual([307, `${one!.url}/leader/redirect?a=1&b=%20`]);
    const followed = await fetch(`${two!.url}/leader/redirect`, { method: "POST", body: "hello" });
    expect(await echo(followed)).toMatchObject({ by: "one", method: "POST", body: "hello" });
  });

  test("refuses with 421 and the leader's address, if it is to", async (stage) => {
    const [one, two] = await stage.startAll("one", "two");
    const answer = await ask(`${two!.url}/leader/refuse`);
    expect(answer.headers.get("content-type")).toMatch("application/problem+json");
    expect(await answer.json()).toMatchObject({ status: 421, code: "NOT_LEADER", member: "one", url: one!.url });
    expect(answer.status).toBe(421);
  });

  test("has each key answered by its one owner, wherever it is asked for", async (stage) => {
    const players = await stage.startAll("one", "two", "three");
    const owners = new Set<string>();
    for (let key = 0; key < 12; key++) {
      const answers = await Promise.all(players.map(({ url }) => ask(`${url}/keys/k${key}/proxy`)));
      const by = await Promise.all(answers.map(async (answer) => (await echo(answer)).by));
      const named = answers.map(({ headers }) => [headers.get("x-cluster-owner"), headers.get("x-cluster-member")]);
      expect(new Set([...by, ...named.flat()]).size, `k${key}: ${by.join()} ${named.join()}`).toBe(1);
      owners.add(by[0]!);
    }
    expect(owners.size).toBe(3);
  });

  test("redirects to the owner of a key, and refuses, as to the leader", async (stage) => {
    const players = await stage.startAll("one", "two");
    const { by: owner } = await echo(await fetch(`${players[0]!.url}/keys/some%2Fthing/redirect`));
    const [here, there] = players[0]!.id === owner ? players : [...players].reverse();
    const answer = await ask(`${there!.url}/keys/some%2Fthing/redirect`);
    expect([answer.status, answer.headers.get("location")]).toEqual([307, `${here!.url}/keys/some%2Fthing/redirect`]);
    const refusal = await ask(`${there!.url}/keys/some%2Fthing/refuse`);
    expect(await refusal.json()).toMatchObject({ status: 421, code: "NOT_OWNER", member: owner });
    expect(refusal.headers.get("x-cluster-owner")).toBe(owner);
  });

  test("leaves errors of the handler to the framework", async (stage) => {
    const [one] = await stage.startAll("one");
    expect((await ask(`${one!.url}/leader/error`)).status).toBe(500);
    expect((await echo(await ask(`${one!.url}/leader/redirect`))).by).toBe("one");
  });
}
