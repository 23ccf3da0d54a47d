import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectForLong } from "../../test-support/long-session.js";
import {
  acl,
  compareSequence,
  deleteRecursive,
  joinPath,
  makePath,
  sequenceNumber,
  walk,
  type ZooKeeper,
} from "../index.js";

describe("paths", () => {
  it("are joined from names", () => {
    expect([joinPath("/"), joinPath("/", "a"), joinPath("/a", "b", "c")]).toEqual(["/", "/a", "/a/b/c"]);
    for (const names of [["b/c"], [""], [".."]]) expect(() => joinPath("/a", ...names)).toThrow(TypeError);
    expect(() => joinPath("a", "b")).toThrow(TypeError);
  });

  it.each([
    ["/a/lock-0000000012", 12],
    ["lock-2147483647", 2_147_483_647],
    ["lock--2147483648", -2_147_483_648],
    ["lock--000000005", -5],
    ["lock0000000003", 3],
    ["/v10000000003", 3],
    ["/2026/0000000003", 3],
    ["lock-", undefined],
    ["lock123456789", undefined],
    ["lock9999999999", undefined],
    ["lock-12", undefined],
  ])("of sequential znodes: the number of %s is %s", (path, number) => {
    expect(sequenceNumber(path)).toBe(number);
  });

  it("are ordered by their numbers, across the overflow of the counter too", () => {
    const numbers = [2_147_483_647, -2_147_483_648, 2_147_483_646, -2_147_483_647];
    expect([...numbers].sort(compareSequence)).toEqual([2_147_483_646, 2_147_483_647, -2_147_483_648, -2_147_483_647]);
  });
});

describeOnEachEnsemble("trees", ({ connectString, root }) => {
  let zk: ZooKeeper;
  beforeAll(async () => {
    await using bare = await connectForLong(connectString());
    await bare.create(root);
    zk = await connectForLong(connectString() + root);
  });
  afterAll(() => zk.close());

  it("are created with missing ancestors by concurrent clients", async () => {
    await Promise.all([makePath(zk, "/made/a/b"), makePath(zk, "/made/a/b"), makePath(zk, "/made/a/c")]);
    await makePath(zk, "/made/a/b");
    await makePath(zk, "/made/box/d", { container: true });
    expect((await zk.getChildren("/made/a")).sort()).toEqual(["b", "c"]);
    await makePath(zk, "/");
    await expect(makePath(zk, "made")).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
  });

  it("are walked with parents before children", async () => {
    for (const path of ["/walk/b/y", "/walk/a", "/walk/b/x"]) await makePath(zk, path);
    const seen: string[] = [];
    for await (const { path, stat } of walk(zk, "/walk")) seen.push(`${path} ${stat.numChildren}`);
    expect(seen).toEqual(["/walk 2", "/walk/a 0", "/walk/b 2", "/walk/b/x 0", "/walk/b/y 0"]);
    await expect(walk(zk, "/nowhere").next()).rejects.toMatchObject({ code: "NO_NODE" });
  });

  it("are deleted completely by concurrent clients", async () => {
    for (const path of ["/gone/b/y", "/gone/a", "/gone/b/x"]) await makePath(zk, path);
    await Promise.all([deleteRecursive(zk, "/gone"), deleteRecursive(zk, "/gone")]);
    expect(await zk.exists("/gone")).toBe(null);
    await deleteRecursive(zk, "/gone");
  });

  it("are protected by the lists of the ACL helpers", async () => {
    await zk.create("/digest", "x", { acl: [...acl.digest("ann", "secret"), ...acl.readAll] });
    expect((await zk.getData("/digest")).data?.toString()).toBe("x");
    await expect(zk.setData("/digest", "y")).rejects.toMatchObject({ code: "NO_AUTH" });
    await using ann = await connectForLong(connectString() + root, {
      auth: [{ scheme: "digest", auth: "ann:secret" }],
    });
    await ann.setData("/digest", "y");
    await ann.create("/own", null, { acl: acl.creatorAll });
    expect((await ann.getACL("/own")).acl).toEqual(acl.digest("ann", "secret"));
    await expect(zk.getData("/own")).rejects.toMatchObject({ code: "NO_AUTH" });
  });
});
