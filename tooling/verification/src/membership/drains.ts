import { expect } from "vitest";
import { ask, echo, readiness, type StagedTest, until, viewOf } from "./contract-stage.ts";

/** Tests of draining. */
export function drains(test: StagedTest): void {
  test("says that it drains, fails its readiness, hands leadership and keys over, serves on, and leaves", async (stage) => {
    const one = await stage.start("one", { drainDelayMs: 3_000 });
    await stage.agree([one]);
    const two = await stage.start("two");
    await stage.agree([one, two]);
    expect(await readiness(one.url)).toBe("200 ready");
    const drained = one.drain();
    expect(await until(async () => (await readiness(one.url)) !== "200 ready" && readiness(one.url))).toBe(
      "503 draining",
    );
    await until(async () => (await viewOf(two.url)).leader === "two");
    // Members and leader come by watches of their own, from a server of each member's own.
    await until(async () => (await statuses(two.url)) === "one draining, two up");
    for (const asked of ["leader", "keys/a", "keys/b", "keys/c", "keys/d"])
      await until(async () => (await echo(await ask(`${one.url}/${asked}/proxy`))).by === "two");
    await drained;
    await until(async () => (await viewOf(two.url)).members.join() === "two");
    await expect(ask(`${one.url}/view`)).rejects.toThrow();
  });

  test("answers what runs, and leads until then: the next leader does not begin before", async (stage) => {
    const one = await stage.start("one", { drainDelayMs: 2_000 });
    await stage.agree([one]);
    const two = await stage.start("two");
    await stage.agree([one, two]);
    const running = ask(`${one.url}/leader/slow`);
    await until(async () => (await (await ask(`${one.url}/running`)).json()) === 1);
    const drained = one.drain();
    await until(async () => (await viewOf(two.url)).leader === null);
    expect((await viewOf(two.url)).token).toBeNull();
    await ask(`${one.url}/release`);
    expect((await echo(await running)).by).toBe("one");
    await until(async () => (await viewOf(two.url)).token !== null);
    await drained;
  });

  test("ends its streams when it goes", async (stage) => {
    const [one] = await stage.startAll("one");
    const { body } = await ask(`${one!.url}/cluster/stream`);
    const all = new Response(body).text();
    await one!.drain();
    expect(await all).toContain('"status":"draining"');
  });
}

/** Returns the view of a member: `one draining, two up`. */
async function statuses(url: string): Promise<string> {
  const { members } = (await (await ask(`${url}/cluster/members`)).json()) as {
    members: { id: string; status: string }[];
  };
  return members.map(({ id, status }) => `${id} ${status}`).join(", ");
}
