import { eventually } from "@conclave/testing";
import { expect, onTestFinished } from "vitest";
import { holdTimers } from "./held-timers.ts";
import { ask, type ClusterTest, echo, readiness, type TestCluster, type TestMember, viewOf } from "./test-cluster.ts";

/** Tests of draining. */
export function draining(test: ClusterTest): void {
  test("a member that drains hands over its leadership and its keys, serves for its delay, and then leaves", async (cluster) => {
    const { one, two, endDelay } = await startDrainable(cluster);
    expect(await readiness(one.url)).toBe("200 ready");
    const drained = one.drain();
    await eventually(() => readiness(one.url), { until: (text) => text === "503 draining" });
    await eventually(async () => (await viewOf(two.url)).leader === "two");
    // A member sees members and leader by watches of their own, from a server of its own.
    await eventually(() => statuses(two.url), { until: (text) => text === "one draining, two up" });
    for (const path of ["leader", "keys/a", "keys/b", "keys/c", "keys/d"])
      await eventually(async () => (await echo(await ask(`${one.url}/${path}/proxy`))).by === "two");
    endDelay();
    await drained;
    await eventually(async () => (await viewOf(two.url)).members.join() === "two");
    await expect(ask(`${one.url}/view`)).rejects.toThrow();
  });

  test("a member that drains leads until the requests that it let in as leader have been answered", async (cluster) => {
    const { one, two, endDelay } = await startDrainable(cluster);
    const running = ask(`${one.url}/leader/slow`);
    await eventually(async () => (await (await ask(`${one.url}/running`)).json()) === 1);
    const drained = one.drain();
    await eventually(async () => (await viewOf(two.url)).leader === null);
    expect((await viewOf(two.url)).token).toBeNull();
    await ask(`${one.url}/release`);
    expect((await echo(await running)).by).toBe("one");
    await eventually(async () => (await viewOf(two.url)).token !== null);
    endDelay();
    await drained;
  });

  test("event streams of a member that drains end with its last state", async (cluster) => {
    const [one] = await cluster.startAll("one");
    const { body } = await ask(`${one!.url}/cluster/stream`);
    const all = new Response(body).text();
    await one!.drain();
    expect(await all).toContain('"status":"draining"');
  });
}

/** Two members. The first one leads; when it drains, its delay lasts until `endDelay`, and at most until the end of the test. */
async function startDrainable(
  cluster: TestCluster,
): Promise<{ readonly one: TestMember; readonly two: TestMember; endDelay(): void }> {
  const drainDelayMs = 3_000_000;
  const { clock, elapse } = holdTimers(drainDelayMs);
  const one = await cluster.start("one", { drainDelayMs, clock });
  onTestFinished(elapse);
  await cluster.agree([one]);
  const two = await cluster.start("two");
  await cluster.agree([one, two]);
  return { one, two, endDelay: elapse };
}

/** Returns the members and their statuses in the view of a member: `one draining, two up`. */
async function statuses(url: string): Promise<string> {
  const { members } = (await (await ask(`${url}/cluster/members`)).json()) as {
    members: { id: string; status: string }[];
  };
  return members.map(({ id, status }) => `${id} ${status}`).join(", ");
}
