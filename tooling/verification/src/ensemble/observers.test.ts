import { CreateMode } from "@conclave/client";
import { freePorts } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { apache, itOnApache } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { expectEverywhere, names } from "./expect-everywhere.ts";
import { SteadyWriter } from "./steady-writer.ts";
import { type MemberSpec, type MoreSettings, TestEnsemble, type TestMember } from "./test-ensemble.ts";

/** Name, servers, and the log line of the server that serves the observer, if that is a follower. */
const ensembles: readonly (readonly [string, readonly MemberSpec[], RegExp | undefined])[] = [
  ["our observer of two Apache servers", ["apache", "apache", "conclave observer"], undefined],
  ["an Apache observer of three of our servers", ["conclave", "conclave", "conclave", "apache observer"], undefined],
  // Of two voters without history the second one leads.
  ["our observer of an Apache follower", ["apache", "conclave", "conclave observer"], /Learner sid: 3/],
  ["an Apache observer of our follower", ["conclave", "apache", "apache observer"], /synchronizing an observer/],
];

/** Settings of an ensemble whose followers serve the observers. */
async function observerMasters(): Promise<MoreSettings> {
  const [observerMasterPort = 0] = await freePorts(1);
  return { ensemble: { observerMasterPort }, config: { observerMasterPort }, jvmArgs: [] };
}

describe.each(ensembles)("%s", (_, specs, servesObserver) => {
  let all: TestEnsemble;
  let observer: TestMember;
  let voters: readonly TestMember[];

  beforeAll(async () => {
    const more = servesObserver === undefined ? undefined : await observerMasters();
    all = await TestEnsemble.start(specs, apache(), [], more);
    observer = all.members.at(-1)!;
    voters = all.members.slice(0, -1);
  });
  afterAll(() => all?.[Symbol.asyncDispose]());

  itOnApache("answers reads and writes, and expires what belongs to its clients, as the others do", async () => {
    expect(await observer.mode()).toBe("observer");
    const [zk, other] = [await all.client(observer), await all.client(voters[0])];
    await zk.create("/t");
    await zk.create("/t/mine", null, { mode: CreateMode.EPHEMERAL });
    await expect(zk.create("/t")).rejects.toMatchObject({ code: "NODE_EXISTS" });
    await other.create("/t/other");
    expect(await names(zk, "/t")).toEqual(["mine", "other"]);
    expect(await names(other, "/t")).toEqual(["mine", "other"]);
    await zk.close();
    expect(await names(other, "/t")).toEqual(["other"]);
    if (servesObserver !== undefined) expect((await all.followers())[0]!.output).toMatch(servesObserver);
  });

  itOnApache("has every write that was acknowledged while it was away", async () => {
    const zk = await all.client(voters[0]);
    await zk.create("/away");
    await observer.stop();
    const writer = new SteadyWriter(zk, "/away");
    await eventually(() => writer.acknowledged.length > 20);
    await observer.start();
    await expectEverywhere(all, "/away", await writer.stop());
  });

  itOnApache("keeps the sessions of its clients while a leader is elected", async () => {
    const zk = await all.client(observer);
    await zk.create("/election");
    await zk.create("/mine", null, { mode: CreateMode.EPHEMERAL });
    const id = zk.session?.id;
    const writer = new SteadyWriter(zk, "/election");
    const leader = await all.leader();
    await leader.stop();
    await leader.start();
    const before = writer.acknowledged.length;
    await eventually(() => writer.acknowledged.length > before + 20);
    await expectEverywhere(all, "/election", await writer.stop());
    expect(zk.session?.id).toBe(id);
    expect((await zk.exists("/mine"))?.ephemeralOwner).toBe(id);
  });

  if (servesObserver !== undefined) return;
  itOnApache("has no vote: without a quorum of the others it serves no client", async () => {
    await all.closeClients();
    const [alone, ...stopped] = voters;
    await Promise.all(stopped.map((member) => member.stop()));
    await eventually(async () => (await alone!.mode()) === undefined && (await observer.mode()) === undefined);
    await Promise.all(stopped.map((member) => member.start()));
    await eventually(async () => (await observer.mode()) === "observer");
  });
});
