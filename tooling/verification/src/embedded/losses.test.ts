import { CreateMode, connect } from "@conclave/client";
import { recoverEnsemble } from "@conclave/server";
import { eventually } from "@conclave/testing";
import { PATIENT_SESSION } from "@conclave/vitest";
import { describe, expect, it } from "vitest";
import { Replicas } from "./replicas.ts";

const THREE = [1, 2, 3];

describe("an ensemble of three replicas", () => {
  it("goes on without one, takes it back, and is found again after all were stopped", async () => {
    const replicas = await Replicas.prepare(3);
    const [first] = await replicas.startAll(THREE);
    await using zk = await connect(first!.connectString, PATIENT_SESSION);
    await zk.create("/before", "1");
    await replicas.stop(3);
    await zk.create("/meanwhile", "2");
    await (await replicas.start(3)).whenReady();
    for (const id of THREE) await replicas.stop(id);
    await replicas.startAll(THREE);
    expect(Buffer.from((await zk.getData("/meanwhile")).data ?? []).toString()).toBe("2");
    await zk.create("/after", "3");
  });

  it("is found again at new addresses", async () => {
    const replicas = await Replicas.prepare(3);
    const [first] = await replicas.startAll(THREE);
    await using zk = await connect(first!.connectString, PATIENT_SESSION);
    await zk.create("/before", "1");
    for (const id of THREE) await replicas.stop(id);
    const peers = replicas.peers.map((each) => each.replace("127.0.0.1", "127.0.0.2"));
    const [moved] = await replicas.startAll(THREE, { host: "127.0.0.2", peers });
    await using other = await connect(moved!.connectString.split(",")[0]!, PATIENT_SESSION);
    expect(Buffer.from((await other.getData("/before")).data ?? []).toString()).toBe("1");
    await eventually(() => expect(moved!.connectString).not.toContain("127.0.0.1"));
    const followers = replicas.running.filter(({ mode }) => mode === "follower");
    await moved!.promote(followers[0]!.id);
    const config = Buffer.from((await other.getData("/zookeeper/config")).data ?? []).toString();
    expect(config).toContain(`server.${followers[0]!.id}=127.0.0.2:`);
  });

  it("fills an empty disk from the others, which then counts as before", async () => {
    const replicas = await Replicas.prepare(3);
    const [first] = await replicas.startAll(THREE);
    await using zk = await connect(first!.connectString, PATIENT_SESSION);
    await zk.create("/before", "1");
    await replicas.lose(2);
    const second = await replicas.start(2);
    await second.whenReady();
    expect(second.mode).not.toBe("observer");
    await replicas.stop(3);
    await zk.create("/after", "2");
    await eventually(() => expect(first!.readiness.isReady && second.readiness.isReady).toBe(true));
  });

  it("does not begin again when two disks were lost, and goes on with one voter when it is told so", async () => {
    const replicas = await Replicas.prepare(3);
    const [first] = await replicas.startAll(THREE);
    const zk = await connect(first!.connectString, PATIENT_SESSION);
    await zk.create("/before", "1");
    await zk.close();
    await Promise.all([replicas.lose(2), replicas.lose(3)]);
    const [second, third] = [await replicas.start(2), await replicas.start(3)];
    await eventually(() => expect([second.mode, third.mode]).toEqual(["looking", "looking"]));
    expect(first!.readiness.isReady).toBe(false);
    await Promise.all([replicas.lose(2), replicas.lose(3), replicas.stop(1)]);

    const recovered = await recoverEnsemble({ dataDir: replicas.folderOf(1), name: "orders", id: 1 });
    expect(recovered.formerVoters).toEqual(THREE);
    const [alone, ...others] = await replicas.startAll(THREE);
    expect([alone!.mode, alone!.voters]).toEqual(["leader", [1]]);
    expect(others.map(({ mode }) => mode)).toEqual(["follower", "follower"]);
    await alone!.promote(2);
    await alone!.promote(3);
    await eventually(() => expect(others.map(({ voters }) => voters)).toEqual([THREE, THREE]));
    await using after = await connect(alone!.connectString, PATIENT_SESSION);
    expect(Buffer.from((await after.getData("/before")).data ?? []).toString()).toBe("1");
  });

  it("becomes two, then one, when voters are removed before they stop", async () => {
    const replicas = await Replicas.prepare(3);
    const [first] = await replicas.startAll(THREE);
    await using zk = await connect(first!.connectString.split(",")[0]!, PATIENT_SESSION);
    await first!.remove(3);
    await replicas.stop(3);
    await zk.create("/two", "");
    await first!.remove(2);
    await replicas.stop(2);
    await zk.create("/one", "");
    expect([first!.mode, first!.voters]).toEqual(["leader", [1]]);
  });

  it("takes an observer as a voter in place of one that is gone", async () => {
    const replicas = await Replicas.prepare(4);
    const [first, , , fourth] = await replicas.startAll([1, 2, 3, 4]);
    await replicas.lose(2);
    await first!.replace({ lost: 2, by: 4 });
    await eventually(() => expect(fourth!.mode).not.toBe("observer"));
    expect(fourth!.voters).toEqual([1, 3, 4]);
    await replicas.stop(3);
    await using zk = await connect(first!.connectString, PATIENT_SESSION);
    await zk.create("/after", "");
  });

  it("keeps sessions and writes through an upgrade of one replica after the other", async () => {
    const replicas = await Replicas.prepare(3);
    const [first] = await replicas.startAll(THREE);
    await using zk = await connect(first!.connectString, PATIENT_SESSION);
    await zk.create("/mine", "", { mode: CreateMode.EPHEMERAL });
    for (const id of THREE) {
      await replicas.stop(id);
      await zk.create(`/while-${id}-is-away`, "");
      await (await replicas.start(id)).whenReady();
    }
    await zk.sync("/");
    const names = await zk.getChildren("/");
    expect(names).toEqual(expect.arrayContaining(["mine", ...THREE.map((id) => `while-${id}-is-away`)]));
  });

  it("has one configuration everywhere after the leader stops during a change of the voters", async () => {
    const replicas = await Replicas.prepare(4);
    const all = await replicas.startAll([1, 2, 3, 4]);
    const leader = all.find(({ mode }) => mode === "leader")!;
    const [follower] = all.filter(({ mode }) => mode === "follower");
    // The outcome is not known to the caller: the change was made, or it was not.
    const changed = follower!.promote(4).catch(() => undefined);
    await replicas.stop(leader.id);
    await changed;
    const restarted = await replicas.start(leader.id);
    const now = all.map((each) => (each === leader ? restarted : each));
    const areReady = (): boolean => now.every(({ readiness }) => readiness.isReady);
    await eventually(() => areReady() && new Set(now.map(({ voters }) => voters.join())).size === 1);
    await using zk = await connect(restarted.connectString, PATIENT_SESSION);
    await zk.create("/after", "");
  });
});
