import { CreateMode, Permission, type Stat } from "@conclave/client";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";

const BAD_PATHS = ["", "a", "/a/", "//a", "/a//b", "/.", "/a/..", "/a/./b", "/\0", "/a\u0001", "/\u{1f600}"];
const DATA: readonly [string, Uint8Array | string | null, Buffer | null][] = [
  ["null", null, null],
  ["no bytes", new Uint8Array(0), Buffer.alloc(0)],
  ["an empty string", "", Buffer.alloc(0)],
  ["bytes", Uint8Array.of(0, 1, 255), Buffer.from([0, 1, 255])],
  ["text, as UTF-8", "grüße 世界 \u{1f600}", Buffer.from("grüße 世界 \u{1f600}")],
];

/** Checks single operations and their errors. */
export function operations(test: ContractTest): void {
  describe("create", () => {
    test("creates a znode without data by default", async (context) => {
      const zk = await context.client();
      expect(await zk.create("/a")).toBe("/a");
      expect(await zk.getData("/a")).toMatchObject({ data: null, stat: { dataLength: 0, version: 0 } });
    });

    test.for(DATA)("keeps %s", async (context, [, written, read]) => {
      const zk = await context.client();
      await zk.create("/a", written);
      expect((await zk.getData("/a")).data).toEqual(read);
      await zk.setData("/a", "other");
      await zk.setData("/a", written);
      expect((await zk.getData("/a")).data).toEqual(read);
    });

    test("copies the data during the call", async (context) => {
      const zk = await context.client();
      const buffer = Buffer.from("first");
      const created = zk.create("/a", buffer);
      buffer.write("later");
      await created;
      expect((await zk.getData("/a")).data?.toString()).toBe("first");
    });

    test("returns the Stat of the new znode with create2", async (context) => {
      const zk = await context.client();
      const { path, stat } = await zk.create2("/a", "abc");
      expect(path).toBe("/a");
      expect(stat).toEqual({
        czxid: stat.czxid,
        mzxid: stat.czxid,
        pzxid: stat.czxid,
        ctime: stat.ctime,
        mtime: stat.ctime,
        version: 0,
        cversion: 0,
        aversion: 0,
        ephemeralOwner: 0n,
        dataLength: 3,
        numChildren: 0,
      });
      expect(stat.czxid).toBeGreaterThan(0n);
      expect(await zk.exists("/a")).toEqual(stat);
    });

    test("appends ten digits that count up in sequential modes", async (context) => {
      const zk = await context.client();
      const made = await Promise.all([
        zk.create("/s-", null, { mode: CreateMode.PERSISTENT_SEQUENTIAL }),
        zk.create("/s-", null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL }),
        zk.create("/", null, { mode: CreateMode.PERSISTENT_SEQUENTIAL }),
        zk.create2("/t", null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL }).then(({ path }) => path),
      ]);
      expect(made).toEqual(["/s-0000000000", "/s-0000000001", "/0000000002", "/t0000000003"]);
      expect((await zk.getChildren("/")).sort()).toEqual(made.map((path) => path.slice(1)).sort());
    });

    test("never uses a sequence number twice, also after deletions", async (context) => {
      const zk = await context.client();
      const mode = CreateMode.PERSISTENT_SEQUENTIAL;
      await zk.delete(await zk.create("/s-", null, { mode }));
      expect(await zk.create("/s-", null, { mode })).toBe("/s-0000000001");
      await expectRefusal(zk.create("/s-0000000001"), "NODE_EXISTS", -110, "/s-0000000001");
      expect(await zk.create("/s-", null, { mode })).toBe("/s-0000000002");
    });

    test("assigns an ephemeral to its session", async (context) => {
      const zk = await context.client();
      await zk.create("/e", null, { mode: CreateMode.EPHEMERAL });
      const { stat } = await zk.create2("/s", null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL });
      expect(stat.ephemeralOwner).toBe(zk.sessionId);
      expect((await zk.exists("/e"))?.ephemeralOwner).toBe(zk.sessionId);
    });

    test("rejects an existing path", async (context) => {
      const zk = await context.client();
      await zk.create("/a", "first");
      await expectRefusal(zk.create("/a", "second"), "NODE_EXISTS", -110, "/a");
      expect((await zk.getData("/a")).data?.toString()).toBe("first");
    });

    test("rejects a znode without a parent", async (context) => {
      const zk = await context.client();
      await expectRefusal(zk.create("/a/b"), "NO_NODE", -101, "/a/b");
    });

    test("rejects children of an ephemeral", async (context) => {
      const zk = await context.client();
      await zk.create("/e", null, { mode: CreateMode.EPHEMERAL });
      await expectRefusal(zk.create("/e/child"), "NO_CHILDREN_FOR_EPHEMERALS", -108, "/e/child");
    });

    test("rejects an empty ACL, and an unknown scheme", async (context) => {
      const zk = await context.client();
      await expectRefusal(zk.create("/a", null, { acl: [] }), "INVALID_ACL", -114, "/a");
      const acl = [{ permissions: Permission.ALL, id: { scheme: "no-such-scheme", id: "x" } }];
      await expectRefusal(zk.create("/a", null, { acl }), "INVALID_ACL", -114, "/a");
      expect(await zk.exists("/a")).toBe(null);
    });

    test("rejects an unknown mode, and a time to live without a time, without sending them", async (context) => {
      const zk = await context.client();
      for (const mode of [-1, 7, CreateMode.PERSISTENT_WITH_TTL]) {
        await expect(zk.create("/a", null, { mode: mode as CreateMode })).rejects.toMatchObject({
          code: "BAD_ARGUMENTS",
          outcome: "not-applied",
        });
      }
    });

    test("protects a znode by its ACL", async (context) => {
      const zk = await context.client();
      const acl = [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }];
      await zk.create("/a", "x", { acl });
      expect((await zk.getData("/a")).data?.toString()).toBe("x");
      await expectRefusal(zk.setData("/a", "y"), "NO_AUTH", -102, "/a");
      await expectRefusal(zk.create("/a/b"), "NO_AUTH", -102, "/a/b");
    });
  });

  describe("paths", () => {
    test.for(BAD_PATHS)("%j is rejected without sending it", async (context, path) => {
      const zk = await context.client();
      const calls = [
        zk.create(path),
        zk.create2(path),
        zk.delete(path),
        zk.exists(path),
        zk.getData(path),
        zk.setData(path, null),
        zk.getChildren(path),
        zk.getChildren2(path),
        zk.sync(path),
      ];
      for (const outcome of await Promise.allSettled(calls)) {
        expect(outcome).toMatchObject({
          status: "rejected",
          reason: { name: "ZkError", code: "BAD_ARGUMENTS", outcome: "not-applied", path },
        });
      }
      expect(await zk.getChildren("/")).toEqual([]);
    });

    test("can contain any other character", async (context) => {
      const zk = await context.client();
      const names = ["grüße", "世界", "a b", "...", "..a", "%2F", "\u00a0", "ﬃ", "\ufeff", "'\"\\$"];
      for (const name of names) await zk.create(`/${name}`, name);
      expect((await zk.getChildren("/")).sort()).toEqual([...names].sort());
      for (const name of names) expect((await zk.getData(`/${name}`)).data?.toString()).toBe(name);
    });
  });

  describe("delete", () => {
    test("removes a znode with the given version, or with any", async (context) => {
      const zk = await context.client();
      await zk.create("/a");
      await zk.create("/b");
      await zk.setData("/a", "1");
      await zk.setData("/b", "1");
      await zk.delete("/a", { version: 1 });
      await zk.delete("/b");
      expect(await zk.getChildren("/")).toEqual([]);
    });

    test("rejects another version, a znode with children, and a missing znode", async (context) => {
      const zk = await context.client();
      await zk.create("/a");
      await expectRefusal(zk.delete("/a", { version: 1 }), "BAD_VERSION", -103, "/a");
      await zk.create("/a/b");
      await expectRefusal(zk.delete("/a"), "NOT_EMPTY", -111, "/a");
      await expectRefusal(zk.delete("/c"), "NO_NODE", -101, "/c");
      expect(await zk.getChildren("/a")).toEqual(["b"]);
    });

    test("rejects the root", async (context) => {
      const zk = await context.connectTo(context.connectString);
      await expectRefusal(zk.delete("/"), "BAD_ARGUMENTS", -8, "/");
    });
  });

  describe("exists", () => {
    test("returns the Stat of a znode, and null for a missing one", async (context) => {
      const zk = await context.client();
      expect(await zk.exists("/a")).toBe(null);
      const { stat } = await zk.create2("/a");
      expect(await zk.exists("/a")).toEqual(stat);
    });
  });

  describe("getData and setData", () => {
    test("count versions, and keep the time of creation apart from that of change", async (context) => {
      const zk = await context.client();
      const { stat: created } = await zk.create2("/a", "0");
      const first = await zk.setData("/a", "one");
      const second = await zk.setData("/a", null, { version: 1 });
      expect([first.version, second.version]).toEqual([1, 2]);
      expect([first.dataLength, second.dataLength]).toEqual([3, 0]);
      expect(second.mzxid).toBeGreaterThan(first.mzxid);
      expect(first.mzxid).toBeGreaterThan(created.mzxid);
      expect(second).toMatchObject({ czxid: created.czxid, ctime: created.ctime, pzxid: created.pzxid, cversion: 0 });
      expect((await zk.getData("/a")).stat).toEqual(second);
    });

    test("reject another version and a missing znode", async (context) => {
      const zk = await context.client();
      await zk.create("/a", "kept");
      await expectRefusal(zk.setData("/a", "x", { version: 1 }), "BAD_VERSION", -103, "/a");
      await expectRefusal(zk.setData("/b", "x"), "NO_NODE", -101, "/b");
      await expectRefusal(zk.getData("/b"), "NO_NODE", -101, "/b");
      expect((await zk.getData("/a")).data?.toString()).toBe("kept");
    });

    test("give each caller its own copy of the bytes", async (context) => {
      const zk = await context.client();
      await zk.create("/a", "same");
      const [one, two] = await Promise.all([zk.getData("/a"), zk.getData("/a")]);
      one.data?.fill(0);
      expect(two.data?.toString()).toBe("same");
    });
  });

  describe("getChildren", () => {
    test("returns names in no order, and the Stat of the parent", async (context) => {
      const zk = await context.client();
      await zk.create("/p", "data");
      expect(await zk.getChildren("/p")).toEqual([]);
      for (const name of ["a", "b", "c"]) await zk.create(`/p/${name}`);
      await zk.create("/p/a/grandchild");
      expect((await zk.getChildren("/p")).sort()).toEqual(["a", "b", "c"]);
      const { children, stat } = await zk.getChildren2("/p");
      expect(children.sort()).toEqual(["a", "b", "c"]);
      expect(stat).toEqual(await zk.exists("/p"));
      expect(stat.numChildren).toBe(3);
    });

    test("rejects a missing znode", async (context) => {
      const zk = await context.client();
      await expectRefusal(zk.getChildren("/a"), "NO_NODE", -101, "/a");
      await expectRefusal(zk.getChildren2("/a"), "NO_NODE", -101, "/a");
    });

    test("counts created and deleted children in cversion, and not in version", async (context) => {
      const zk = await context.client();
      const { stat: empty } = await zk.create2("/p");
      const { stat: child } = await zk.create2("/p/a");
      const one = (await zk.exists("/p")) as Stat;
      expect(one).toMatchObject({ cversion: 1, version: 0, numChildren: 1, pzxid: child.czxid, mzxid: empty.mzxid });
      await zk.setData("/p/a", "x");
      expect(await zk.exists("/p")).toEqual(one);
      await zk.delete("/p/a");
      const none = (await zk.exists("/p")) as Stat;
      expect(none).toMatchObject({ cversion: 2, version: 0, numChildren: 0 });
      expect(none.pzxid).toBeGreaterThan(one.pzxid);
    });
  });

  describe("sync", () => {
    test("lets the server catch up with writes of other clients", async (context) => {
      const writer = await context.client();
      await writer.create("/a");
      const readers = await Promise.all(context.servers.map((server) => context.connectTo(`${server}${context.path}`)));
      for (const reader of readers) {
        await writer.setData("/a", reader.sessionId.toString());
        await reader.sync("/a");
        expect((await reader.getData("/a")).data?.toString()).toBe(reader.sessionId.toString());
      }
    });
  });

  describe("addAuth", () => {
    test("rejects an unknown scheme, and the client continues without it", async (context) => {
      const { zk, states } = await context.actor(await context.proxy());
      await expect(zk.addAuth("no-such-scheme", "x")).rejects.toMatchObject({ code: "AUTH_FAILED" });
      await states.first((state) => state === "suspended", { what: "the end of the connection by the server" });
      expect(await zk.create("/a")).toBe("/a");
    });
  });
}

/** Expected error of the server: code, number, the path of the caller, and the outcome. */
async function expectRefusal(call: Promise<unknown>, code: string, errno: number, path: string): Promise<void> {
  await expect(call).rejects.toMatchObject({ name: "ZkError", code, errno, path, outcome: "rejected" });
}
