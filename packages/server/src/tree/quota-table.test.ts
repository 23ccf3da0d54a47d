import { OpCode } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { TreeHistory } from "../../test-support/tree/tree-history.js";
import { DataTree } from "./data-tree.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A tree in which quotas are set. */
class QuotaHistory extends TreeHistory {
  /** Creates a record of a quota, and the znodes above it. */
  record(path: string, name: "limits" | "stats", data: string): void {
    let at = "/zookeeper/quota";
    for (const part of path.split("/").slice(1)) {
      at += `/${part}`;
      if (this.tree.get(at) === undefined) this.create(at);
    }
    this.create(`${at}/zookeeper_${name}`, { data });
  }

  setQuota(path: string, limits = "count=5,bytes=100"): void {
    this.record(path, "limits", limits);
    this.record(path, "stats", "count=0,bytes=0");
  }

  set(path: string, data: string | null): void {
    this.apply({ type: OpCode.setData, path, data: data === null ? null : bytes(data), version: 1 });
  }

  /** Returns the usage of a quota as it is stored. */
  used(path: string, tree = this.tree): string {
    return new TextDecoder().decode(tree.get(`/zookeeper/quota${path}/zookeeper_stats`)!.data!);
  }
}

function copyOf(tree: DataTree): DataTree {
  const copy = new DataTree();
  for (const node of tree.snapshotSource().nodes) copy.restore(node);
  return copy;
}

describe("the usage of a quota", () => {
  it("is counted when its record is created: the znode itself and all below it", () => {
    const history = new QuotaHistory();
    history.create("/a", { data: "12345" });
    history.create("/a/b", { data: "123" });
    history.create("/a/b/c", { data: "1" });
    history.create("/ab", { data: "1234567" });
    history.setQuota("/a");
    expect(history.used("/a")).toBe("count=3,bytes=9");
  });

  it("is zero for a path without a znode", () => {
    const history = new QuotaHistory();
    history.setQuota("/none");
    expect(history.used("/none")).toBe("count=0,bytes=0");
    history.create("/none", { data: "12" });
    expect(history.used("/none")).toBe("count=1,bytes=2");
  });

  it("follows creates, changes and deletes at its path and below", () => {
    const history = new QuotaHistory();
    history.create("/a", { data: "12345" });
    history.setQuota("/a");
    history.create("/a/b", { data: "123" });
    history.create("/a/b/c");
    expect(history.used("/a")).toBe("count=3,bytes=8");
    history.set("/a/b", "123456");
    history.set("/a", null);
    expect(history.used("/a")).toBe("count=3,bytes=6");
    history.delete("/a/b/c");
    history.delete("/a/b");
    expect(history.used("/a")).toBe("count=1,bytes=0");
  });

  it("counts a znode for the nearest quota above it only", () => {
    const history = new QuotaHistory();
    for (const path of ["/a", "/a/b", "/other"]) history.create(path, { data: "1" });
    history.setQuota("/a");
    history.setQuota("/a/b");
    for (const path of ["/a/b/c", "/a/bc", "/other/d"]) history.create(path, { data: "123" });
    expect(history.used("/a")).toBe("count=3,bytes=5");
    expect(history.used("/a/b")).toBe("count=2,bytes=4");
  });

  it("leaves out a znode with the name of a record elsewhere", () => {
    const history = new QuotaHistory();
    for (const path of ["/a", "/a/zookeeper_limits", "/zookeeper/quotas", "/zookeeper/quotas/zookeeper_limits"]) {
      history.create(path, { data: "count=1,bytes=1" });
    }
    expect(history.tree.quotas.nearest("/a")).toBeUndefined();
    expect(copyOf(history.tree).quotas.nearest("/a")).toBeUndefined();
  });

  it("is not counted for limits elsewhere whose path is as long as that of the quotas", () => {
    const history = new QuotaHistory();
    history.record("/a", "stats", "count=0,bytes=0");
    const elsewhere = `/${"x".repeat("zookeeper/quota".length)}`;
    for (const path of [elsewhere, `${elsewhere}/a`]) history.create(path);
    history.create(`${elsewhere}/a/zookeeper_limits`, { data: "count=1,bytes=1" });
    history.create("/a");
    expect(history.used("/a")).toBe("count=0,bytes=0");
    history.record("/a", "limits", "count=1,bytes=1");
    history.delete(`${elsewhere}/a/zookeeper_limits`);
    history.create("/a/b");
    expect(history.used("/a")).toBe("count=1,bytes=0");
    const copy = copyOf(history.tree);
    expect(copy.quotas.nearest("/a")?.path).toBe("/a");
  });

  it("is not counted again when another znode is created among the records", () => {
    const history = new QuotaHistory();
    history.create("/a");
    history.setQuota("/a");
    history.set("/zookeeper/quota/a/zookeeper_stats", "count=7,bytes=7");
    history.create("/zookeeper/quota/a/note");
    expect(history.used("/a")).toBe("count=7,bytes=7");
  });

  it("stays as it is once the limits are deleted, and goes on when they are set again", () => {
    const history = new QuotaHistory();
    history.create("/a");
    history.setQuota("/a");
    history.create("/zookeeper/quota/a/note");
    history.delete("/zookeeper/quota/a/note");
    history.create("/a/b");
    expect(history.used("/a")).toBe("count=2,bytes=0");
    history.delete("/zookeeper/quota/a/zookeeper_limits");
    history.create("/a/c");
    expect(history.used("/a")).toBe("count=2,bytes=0");
    history.record("/a", "limits", "count=1,bytes=1");
    history.create("/a/d");
    expect(history.used("/a")).toBe("count=3,bytes=0");
  });

  it("is counted again after recovery from a snapshot that was written while the tree changed", () => {
    const history = new QuotaHistory();
    history.create("/a", { data: "12" });
    history.setQuota("/a");
    history.record("/b", "limits", "count=1,bytes=1");
    const copy = copyOf(history.tree);
    copy.get("/zookeeper/quota/a/zookeeper_stats")!.data = bytes("count=7,bytes=7");
    const before = copy.approximateDataBytes;
    copy.quotas.recount();
    expect(history.used("/a", copy)).toBe("count=1,bytes=2");
    expect(copy.quotas.nearest("/a/x")).toMatchObject({ path: "/a", used: { count: 1, bytes: 2 } });
    expect(copy.approximateDataBytes).toBe(before);
    expect(copy.digest).toBe(history.tree.digest);
  });

  it("is a part of the bytes of the tree", () => {
    const history = new QuotaHistory();
    history.setQuota("/a");
    const before = history.tree.approximateDataBytes;
    history.create("/a", { data: "x".repeat(10) });
    const grown = "count=1,bytes=10".length - "count=0,bytes=0".length;
    expect(history.tree.approximateDataBytes - before).toBe("/a".length + 10 + grown);
  });
});

describe("the quota that a path counts for", () => {
  it("has limits and usage", () => {
    const history = new QuotaHistory();
    history.create("/a", { data: "123" });
    history.setQuota("/a", "count=5,bytes=100=;byteHardLimit=50");
    expect(history.tree.quotas.nearest("/a/b/c")).toEqual({
      path: "/a",
      limits: { count: 5, bytes: 100, countHardLimit: -1, byteHardLimit: 50 },
      used: { count: 1, bytes: 3, countHardLimit: -1, byteHardLimit: -1 },
    });
    expect(history.tree.quotas.nearest("/a")?.path).toBe("/a");
    expect(history.tree.quotas.nearest("/")).toBeUndefined();
    expect(history.tree.quotas.nearest("/ab")).toBeUndefined();
  });

  it("does not exist while one of its records is missing", () => {
    const history = new QuotaHistory();
    history.record("/a", "stats", "count=0,bytes=0");
    expect(history.tree.quotas.nearest("/a")).toBeUndefined();
    history.record("/a", "limits", "count=1,bytes=1");
    expect(history.tree.quotas.nearest("/a")).toMatchObject({ path: "/a" });
    history.delete("/zookeeper/quota/a/zookeeper_stats");
    expect(history.tree.quotas.nearest("/a")).toBeUndefined();
    history.create("/a");
    expect(history.tree.get("/a")).toBeDefined();
  });

  it("is the one above, if the path only lies on the way to a deeper quota", () => {
    const history = new QuotaHistory();
    history.setQuota("/a");
    history.setQuota("/a/b/c");
    for (const tree of [history.tree, copyOf(history.tree)]) {
      expect(tree.quotas.nearest("/a/b/x")?.path).toBe("/a");
      expect(tree.quotas.nearest("/a/b/c/x")?.path).toBe("/a/b/c");
    }
  });

  it("stays when another znode below its record is created and deleted", () => {
    const history = new QuotaHistory();
    history.setQuota("/a");
    history.create("/zookeeper/quota/a/note");
    history.delete("/zookeeper/quota/a/note");
    expect(history.tree.quotas.nearest("/a")?.path).toBe("/a");
  });

  it("is never the root", () => {
    const history = new QuotaHistory();
    history.create("/zookeeper/quota/zookeeper_limits", { data: "count=1,bytes=1" });
    history.create("/zookeeper/quota/zookeeper_stats", { data: "count=0,bytes=0" });
    const counted = history.used("");
    history.create("/a");
    history.tree.quotas.recount();
    expect(history.used("")).toBe(counted);
    expect(history.tree.quotas.nearest("/a")).toBeUndefined();
    expect(history.tree.quotas.nearest("/")).toBeUndefined();
  });
});
