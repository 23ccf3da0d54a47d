import { CreateMode, isZkError } from "@conclave/client";
import { describe, expect } from "vitest";
import { populate, type StagedTest } from "../stage.ts";

/** Reads that look at more than one znode. */
export function wideReads(test: StagedTest): void {
  describe("getAllChildrenNumber", () => {
    test("counts what is below, at any depth", async (stage) => {
      const zk = await stage.client();
      await populate(zk, ["a", "b", "a/c", "a/c/d"]);
      expect(await zk.getAllChildrenNumber("/")).toBe(4);
      expect(await zk.getAllChildrenNumber("/a")).toBe(2);
      expect(await zk.getAllChildrenNumber("/b")).toBe(0);
      await expect(zk.getAllChildrenNumber("/none")).rejects.toMatchObject({ code: "NO_NODE", path: "/none" });
    });
  });

  describe("getEphemerals", () => {
    test("tells the paths of this session's own, below the chroot and the prefix", async (stage) => {
      const [zk, other] = [await stage.client(), await stage.client()];
      await zk.create("/p");
      for (const path of ["/apple", "/a", "/p/b"]) await zk.create(path, null, { mode: CreateMode.EPHEMERAL });
      await other.create("/a-not-mine", null, { mode: CreateMode.EPHEMERAL });
      expect((await zk.getEphemerals()).sort()).toEqual(["/a", "/apple", "/p/b"]);
      expect((await zk.getEphemerals({ prefix: "/a" })).sort()).toEqual(["/a", "/apple"]);
      expect(await zk.getEphemerals({ prefix: "/none" })).toEqual([]);
    });

    test("knows no more of one that was deleted", async (stage) => {
      const zk = await stage.client();
      await zk.create("/a", null, { mode: CreateMode.EPHEMERAL });
      await zk.delete("/a");
      expect(await zk.getEphemerals()).toEqual([]);
    });
  });

  describe("multiRead", () => {
    test("answers each read by itself, in their order, and one that fails with its error", async (stage) => {
      const zk = await stage.client();
      await zk.create("/a", "1");
      await populate(zk, ["a/b", "a/c"]);
      const reads = zk.multiRead().getData("/a").getData("/none").getChildren("/a").getChildren("/a/b").getData("/a/c");
      const [data, none, children, childless, child] = await reads.read();
      expect(data).toMatchObject({ data: Buffer.from("1"), stat: { numChildren: 2 } });
      expect(isZkError(none, "NO_NODE") && [none.path, none.outcome]).toEqual(["/none", "rejected"]);
      expect([...(children as string[])].sort()).toEqual(["b", "c"]);
      expect(childless).toEqual([]);
      expect(child).toMatchObject({ data: Buffer.from("a/c") });
    });

    test("tells null from empty, and gives each caller bytes of its own", async (stage) => {
      const zk = await stage.client();
      await zk.create("/null", null);
      await zk.create("/empty", "");
      await zk.create("/a", "abc");
      const results = await zk.multiRead().getData("/null").getData("/empty").getData("/a").getData("/a").read();
      const [none, empty, first, second] = results.map((result) => ("data" in result ? result.data : undefined));
      expect([none, empty?.length]).toEqual([null, 0]);
      first?.fill(0);
      expect(second?.toString()).toBe("abc");
    });

    test("sees what was written before it", async (stage) => {
      const zk = await stage.client();
      const written = zk.create("/a", "x");
      const [read] = await zk.multiRead().getData("/a").read();
      expect(read).toMatchObject({ data: Buffer.from("x") });
      await written;
    });

    test("is sent once, and with a bad path nowhere", async (stage) => {
      const zk = await stage.client();
      const reads = zk.multiRead().getData("/");
      await reads.read();
      await expect(reads.read()).rejects.toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied" });
      const bad = zk.multiRead().getData("/").getChildren("bad").read();
      await expect(bad).rejects.toMatchObject({ code: "BAD_ARGUMENTS", path: "bad" });
    });

    test("that is lost with its connection is not applied", async (stage) => {
      const proxy = await stage.proxy();
      const { zk } = await stage.actor(proxy);
      const lost = proxy.loseReply("multiRead");
      await expect(zk.multiRead().getData("/").read()).rejects.toMatchObject({
        code: "CONNECTION_LOSS",
        outcome: "not-applied",
      });
      await lost;
    });
  });
}
