import { connect } from "@conclave/client";
import { joinEnsemble } from "@conclave/server";
import { eventually } from "@conclave/testing";
import { describe, expect, it } from "vitest";
import { Replicas } from "./replicas.ts";

describe("replicas", () => {
  it("form an ensemble once all of the first three are there, and further ones observe", async () => {
    const replicas = await Replicas.prepare(8);
    const first = await replicas.start(1);
    const second = await replicas.start(2);
    await eventually(() => expect(second.readiness.reason).toBe("replica 3 of the first 3 has not been found yet"));
    expect([first.mode, first.connectString]).toEqual(["waiting", ""]);
    const later = await replicas.startAll([3, 4, 5, 6, 7, 8]);
    await Promise.all([first.whenReady(), second.whenReady()]);
    const [third, ...observers] = later;
    expect([first, second, third!].map(({ mode }) => mode).sort()).toEqual(["follower", "follower", "leader"]);
    expect(observers.map(({ mode, voters }) => [mode, voters])).toEqual(observers.map(() => ["observer", [1, 2, 3]]));
    await using zk = await connect(observers[4]!.connectString);
    await using other = await connect(first.connectString);
    await zk.create("/a", "1");
    await other.sync("/a");
    expect(Buffer.from((await other.getData("/a")).data ?? []).toString()).toBe("1");
  });

  it("need different ids", async () => {
    const replicas = await Replicas.prepare(2);
    const peers = replicas.peers;
    const first = await replicas.start(1, { expect: 1, peers: [] });
    await first.whenReady();
    await using twin = await joinEnsemble({
      ...{ name: "orders", id: 1, expect: 1, dataDir: replicas.folderOf(2), ports: replicas.portsOf(2), peers },
      ...{ host: "127.0.0.1", thread: "main" },
    });
    await eventually(() => expect(twin.readiness.reason).toContain("has the id 1 too"));
  });

  it("of two services that find each other form two ensembles", async () => {
    const replicas = await Replicas.prepare(4);
    const orders = await Promise.all([1, 2].map((id) => replicas.start(id, { expect: 1, name: `service-${id}` })));
    // Both are replica 1 of their service.
    expect(orders.map(({ id }) => id)).toEqual([1, 2]);
    await orders[0]!.whenReady();
    await eventually(() => expect(orders[1]!.readiness.reason).toBe("replica 1 of the first 1 has not been found yet"));
    expect(orders[0]!.voters).toEqual([1]);
  });

  it("find each other although names resolve late, to some addresses only, and to former ones", async () => {
    const replicas = await Replicas.prepare(3);
    const all = replicas.peers.map((each) => ({ host: "127.0.0.1", port: Number(each.split(":")[1]) }));
    const former = { host: "127.0.0.1", port: 1 };
    const answers = [
      async () => {
        throw new Error("the name server does not answer");
      },
      async () => [],
      async () => [former, all[0]!],
      async () => [former, all[1]!, all[2]!],
      async () => [former, ...all],
    ];
    const peers = () => {
      let round = 0;
      return () => answers[Math.min(round++, answers.length - 1)]!();
    };
    const started = await Promise.all([1, 2, 3].map((id) => replicas.start(id, { peers: peers() })));
    await Promise.all(started.map((each) => each.whenReady()));
  });

  it("form two voters only if that is accepted, which stop when one is lost", async () => {
    const replicas = await Replicas.prepare(2);
    await expect(replicas.start(1, { expect: 2 })).rejects.toThrow("2 voters stop when either fails");
    const [first] = await replicas.startAll([1, 2], { expect: 2, acceptsNoFailure: true });
    await replicas.stop(2);
    await eventually(() => expect(first!.readiness.isReady).toBe(false));
    expect(first!.readiness.reason).toContain("has no leader");
  });
});

describe("a data directory", () => {
  it("is refused to another ensemble, to another replica, and to a second process", async () => {
    const replicas = await Replicas.prepare(2);
    await replicas.startAll([1], { expect: 1 });
    const again = {
      thread: "main" as const,
      host: "127.0.0.1",
      dataDir: replicas.folderOf(1),
      ports: replicas.portsOf(2),
      peers: [],
      expect: 1,
    };
    await expect(joinEnsemble({ ...again, name: "orders", id: 1 })).rejects.toMatchObject({ code: "locked" });
    await replicas.stop(1);
    await expect(joinEnsemble({ ...again, name: "payments", id: 1 })).rejects.toThrow(
      'belongs to the ensemble "orders", not "payments"',
    );
    await expect(joinEnsemble({ ...again, name: "orders", id: 2 })).rejects.toThrow("belongs to replica 1, not 2");
  });
});

describe("replicas with a secret", () => {
  it("form an ensemble, and do not hear one with another secret", async () => {
    const replicas = await Replicas.prepare(4);
    const secret = "a secret of these replicas";
    const stranger = await replicas.start(4, { secret: "another secret of a stranger" });
    await replicas.startAll([1, 2, 3], { secret });
    expect(stranger.mode).toBe("waiting");
    expect(stranger.readiness.reason).toBe("replica 1, 2, 3 of the first 3 has not been found yet");
  });
});
