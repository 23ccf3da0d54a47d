import { CreateMode } from "@conclave/protocol";
import { describeOnApache, sharedApache } from "@conclave/vitest";
import { afterEach, beforeAll, expect, it } from "vitest";
import { connect } from "./connect.js";
import type { WatchEvent } from "./watch-event.js";
import type { ZooKeeper } from "./zookeeper.js";

describeOnApache("client", () => {
  let servers = "";
  const open: ZooKeeper[] = [];
  const client = async (chroot = ""): Promise<ZooKeeper> => {
    const zk = await connect(servers + chroot, { sessionTimeoutMs: 5_000 });
    open.push(zk);
    return zk;
  };
  beforeAll(async () => {
    servers = await sharedApache();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((zk) => zk.close()));
  });

  it("does every operation", async () => {
    const zk = await client();
    const root = await zk.create("/smoke-", "x", { mode: CreateMode.PERSISTENT_SEQUENTIAL });
    expect(root).toMatch(/^\/smoke-\d{10}$/);
    const app = await client(root);
    expect(await app.create("/a", "one")).toBe("/a");
    expect((await app.getData("/a")).data?.toString()).toBe("one");
    expect((await app.setData("/a", null)).version).toBe(1);
    expect((await app.getData("/a")).data).toBe(null);
    const made = await app.create2("/a/b", new Uint8Array(0));
    expect(made.stat.dataLength).toBe(0);
    expect(await app.getChildren("/a")).toEqual(["b"]);
    expect((await app.getChildren2("/a")).stat.numChildren).toBe(1);
    const events: WatchEvent[] = [];
    expect(await app.exists("/c", { watch: (event) => events.push(event) })).toBe(null);
    await app.create("/c");
    expect(events).toEqual([{ type: "nodeCreated", path: "/c" }]);
    const results = await app.transaction().create("/t").setData("/c", "2").check("/c", 1).delete("/c").commit();
    expect(results[0]).toBe("/t");
    expect(results[1].version).toBe(1);
    await expect(app.transaction().create("/u").delete("/nope").create("/v").commit()).rejects.toMatchObject({
      code: "NO_NODE",
      path: "/nope",
      outcome: "rejected",
    });
    await app.sync("/");
    await app.addAuth("digest", "u:p");
    await expect(app.delete("/a")).rejects.toMatchObject({ code: "NOT_EMPTY" });
    await expect(app.create("bad")).rejects.toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied" });
  });
});
