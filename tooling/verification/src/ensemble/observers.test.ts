import { CreateMode } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { apache, itOnApache } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { expectEverywhere, names } from "./expect-everywhere.ts";
import { SteadyWriter } from "./steady-writer.ts";
import { type MemberSpec, TestEnsemble, type TestMember } from "./test-ensemble.ts";

const ensembles: readonly (readonly [string, readonly MemberSpec[]])[] = [
  ["our observer of two Apache servers", ["apache", "apache", "conclave observer"]],
  ["an Apache observer of three of our servers", ["conclave", "conclave", "conclave", "apache observer"]],
];

describe.each(ensembles)("%s", (_, specs) => {
  let all: TestEnsemble;
  let observer: TestMember;
  let voters: readonly TestMember[];

  beforeAll(async () => {
    all = await TestEnsemble.start(specs, apache());
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

  itOnApache("has no vote: without a quorum of the others it serves no client", async () => {
    await all.closeClients();
    const [alone, ...stopped] = voters;
    await Promise.all(stopped.map((member) => member.stop()));
    await eventually(async () => (await alone!.mode()) === undefined && (await observer.mode()) === undefined);
    await Promise.all(stopped.map((member) => member.start()));
    await eventually(async () => (await observer.mode()) === "observer");
  });
});
