import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { connectForLong } from "../../test-support/long-session.js";
import type { DataAndStat } from "../api/read-results.js";
import type { ZooKeeper } from "../api/zookeeper.js";
import { CreateMode, isZkError, OPEN_ACL_UNSAFE, Permission, type Stat, ZkError } from "../index.js";

describeOnEachEnsemble("every operation", ({ connectString, root, kind }) => {
  let zk: ZooKeeper;
  beforeAll(async () => {
    await using bare = await connectForLong(connectString());
    await bare.create(root);
    zk = await connectForLong(connectString() + root, { auth: [{ scheme: "digest", auth: "ann:secret" }] });
  });
  afterAll(() => zk.close());

  it("create creates a container, which can have children", async () => {
    expect(await zk.create("/container", "c", { mode: CreateMode.CONTAINER })).toBe("/container");
    expect(await zk.create("/container/child")).toBe("/container/child");
    const { path, stat } = await zk.create2("/container2", null, { mode: CreateMode.CONTAINER });
    expect([path, stat.numChildren, stat.ephemeralOwner]).toEqual(["/container2", 0, 0n]);
  });

  it("create creates a znode with a time to live, sequential or not", async () => {
    expect(await zk.create("/ttl", "x", { mode: CreateMode.PERSISTENT_WITH_TTL, ttlMs: 60_000 })).toBe("/ttl");
    const mode = CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL;
    const { path, stat } = await zk.create2("/ttl-", "x", { mode, ttlMs: 2 ** 40 - 1 });
    expect(path).toMatch(/^\/ttl-\d{10}$/);
    expect(stat.dataLength).toBe(1);
  });

  it.each([
    ["a TTL mode without a time", CreateMode.PERSISTENT_WITH_TTL, undefined],
    ["a time without a TTL mode", CreateMode.PERSISTENT, 5],
    ["no time at all", CreateMode.PERSISTENT_WITH_TTL, 0],
    ["a time beyond 40 bits", CreateMode.PERSISTENT_WITH_TTL, 2 ** 40],
  ])("create refuses %s", async (_name, mode, ttlMs) => {
    await expect(zk.create("/never", null, { mode, ttlMs })).rejects.toMatchObject({
      code: "BAD_ARGUMENTS",
      outcome: "not-applied",
    });
  });

  it("getACL and setACL read and replace the list, by its version", async () => {
    await zk.create("/acl");
    expect((await zk.getACL("/acl")).acl).toEqual(OPEN_ACL_UNSAFE);
    const readOnly = [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }];
    const mine = [{ permissions: Permission.ALL, id: { scheme: "auth", id: "" } }];
    const stat = await zk.setACL("/acl", [...readOnly, ...mine], { version: 0 });
    expect(stat.aversion).toBe(1);
    await expect(zk.setACL("/acl", readOnly, { version: 0 })).rejects.toMatchObject({ code: "BAD_VERSION" });
    const { acl, stat: read } = await zk.getACL("/acl");
    expect(read).toEqual(stat);
    expect(acl.map(({ permissions, id }) => [permissions, id.scheme])).toEqual([
      [Permission.READ, "world"],
      [Permission.ALL, "digest"],
    ]);
    await expect(zk.getACL("/none")).rejects.toMatchObject({ code: "NO_NODE", path: "/none" });
    await using stranger = await connectForLong(connectString() + root);
    await expect(stranger.setData("/acl", "x")).rejects.toMatchObject({ code: "NO_AUTH" });
  });

  it("getAllChildrenNumber counts the znodes below, at any depth", async () => {
    await zk.create("/count");
    await zk.create("/count/a");
    await zk.create("/count/a/b");
    expect(await zk.getAllChildrenNumber("/count")).toBe(2);
    await expect(zk.getAllChildrenNumber("/none")).rejects.toMatchObject({ code: "NO_NODE" });
  });

  it("getEphemerals returns the session's ephemerals below the chroot", async () => {
    await zk.create("/mine", null, { mode: CreateMode.EPHEMERAL });
    await zk.create("/other", null, { mode: CreateMode.EPHEMERAL });
    await using stranger = await connectForLong(connectString() + root);
    await stranger.create("/mine-not", null, { mode: CreateMode.EPHEMERAL });
    expect((await zk.getEphemerals()).sort()).toEqual(["/mine", "/other"]);
    expect(await zk.getEphemerals({ prefix: "/mi" })).toEqual(["/mine"]);
  });

  it("multiRead returns a result for each read", async () => {
    await zk.create("/read", "one");
    await zk.create("/read/kid");
    const results = await zk.multiRead().getData("/read").getChildren("/read").getData("/none").read();
    expectTypeOf(results).toEqualTypeOf<[DataAndStat | ZkError, string[] | ZkError, DataAndStat | ZkError]>();
    const [data, children, none] = results;
    expect(data).toMatchObject({ data: Buffer.from("one"), stat: { numChildren: 1 } });
    expect(children).toEqual(["kid"]);
    expect(isZkError(none, "NO_NODE") && none.path).toBe("/none");
  });

  it("whoAmI returns the identities of the connection without secrets", async () => {
    const all = await zk.whoAmI();
    expect(all).toContainEqual({ authScheme: "digest", user: "ann" });
    expect(all.map(({ authScheme }) => authScheme)).toContain("ip");
  });

  it("getConfig reads the ensemble's configuration, outside of the chroot", async () => {
    const { data, stat } = await zk.getConfig();
    if (kind === "apache") expect(data?.toString()).toContain("server.1=");
    expect(stat.czxid).toBeLessThanOrEqual(stat.mzxid);
  });

  it("reconfig is rejected if the server does not allow it", async () => {
    const error = await zk.reconfig({ leaving: [9] }).catch((each: unknown) => each);
    expect(isZkError(error, "RECONFIG_DISABLED", "UNIMPLEMENTED")).toBe(true);
    await expect(zk.reconfig({ joining: [] })).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
  });

  it("a transaction creates containers and znodes with TTL, and returns the Stat of a create2", async () => {
    const results = await zk
      .transaction()
      .create("/t-container", null, { mode: CreateMode.CONTAINER })
      .create("/t-ttl", null, { mode: CreateMode.PERSISTENT_WITH_TTL, ttlMs: 60_000 })
      .create2("/t-stat", "abc")
      .commit();
    expectTypeOf(results).toEqualTypeOf<[string, string, { readonly path: string; readonly stat: Stat | undefined }]>();
    expect(results.slice(0, 2)).toEqual(["/t-container", "/t-ttl"]);
    expect(results[2].path).toBe("/t-stat");
    // Apache 3.8.0 and 3.8.1 answer as for a plain create.
    if (results[2].stat !== undefined) expect(results[2].stat.dataLength).toBe(3);
    else expect(kind).toBe("apache");
  });
});

describe("an invalid read among several", () => {
  it("is reported by read, and nothing is sent", async () => {
    const { Client } = await import("../client.js");
    const { resolveOptions } = await import("../options/resolve-options.js");
    await using zk = Client.unstarted({ servers: [{ host: "127.0.0.1", port: 1 }], chroot: "" }, resolveOptions());
    await expect(zk.multiRead().getData("/a").getData("b").read()).rejects.toMatchObject({ path: "b" });
    const reads = zk.multiRead().getData("/a");
    const first = reads.read();
    await expect(reads.read()).rejects.toBeInstanceOf(ZkError);
    await zk.close();
    await expect(first).rejects.toMatchObject({ code: "CLOSED", outcome: "not-applied" });
  });
});
