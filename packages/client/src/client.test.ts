import { CreateMode, type CreateMode as Mode } from "@conclave/protocol";
import { afterEach, describe, expect, it } from "vitest";
import type { ZooKeeper } from "./api/zookeeper.js";
import { Client } from "./client.js";
import { resolveOptions } from "./options/resolve-options.js";

/** A client that is not started: operations that it does not reject wait. */
const open: Client[] = [];
const client = (): ZooKeeper => {
  const zk = Client.unstarted({ servers: [{ host: "127.0.0.1", port: 1 }], chroot: "/app" }, resolveOptions());
  open.push(zk);
  return zk;
};
afterEach(async () => {
  for (const zk of open.splice(0)) await zk.close();
});
const wrong = (value: unknown) => value as never;

describe("invalid arguments are rejected, and not sent", () => {
  it.each<[string, (zk: ZooKeeper) => Promise<unknown>, string]>([
    ["a relative path", (zk) => zk.getData("a"), "a"],
    ["a path that ends with a slash", (zk) => zk.exists("/a/"), "/a/"],
    ["an empty path", (zk) => zk.getChildren(""), ""],
    ["a path with a dot for a name", (zk) => zk.getChildren2("/a/./b"), "/a/./b"],
    ["a path that is none", (zk) => zk.sync(wrong(undefined)), "undefined"],
    ["a path to be made that ends with a slash", (zk) => zk.create("/a/"), "/a/"],
    ["a version that is no number", (zk) => zk.delete("/a", { version: Number.NaN }), "/a"],
    ["a version that is no whole number", (zk) => zk.setData("/a", "", { version: 0.5 }), "/a"],
    ["a version of more than 32 bits", (zk) => zk.delete("/a", { version: 2 ** 31 }), "/a"],
    ["data that is a number", (zk) => zk.create("/a", wrong(7)), "/a"],
    ["data that is an object", (zk) => zk.setData("/a", wrong({})), "/a"],
    ["no data at all for setData", (zk) => zk.setData("/a", wrong(undefined)), "/a"],
    ["an ACL that is none", (zk) => zk.create("/a", "", { acl: wrong([{}]) }), "/a"],
    ["a time to live of a container", (zk) => zk.create2("/a", "", { mode: CreateMode.CONTAINER, ttlMs: 5 }), "/a"],
    ["an access control list that is none", (zk) => zk.setACL("/a", wrong("open")), "/a"],
    ["a type of watch that is none", (zk) => zk.checkWatches("/a", wrong("all")), "/a"],
    ["watches of a type that reads do not leave", (zk) => zk.removeWatches("/a", { type: wrong("recursive") }), "/a"],
    ["a mode that is none", (zk) => zk.create("/a", "", { mode: wrong("EPHEMERAL") as Mode }), "/a"],
    [
      "a wrong path in a transaction",
      (zk) => zk.transaction().create("/ok").check("no", 1).delete("/a/").commit(),
      "no",
    ],
    ["a wrong version in a transaction", (zk) => zk.transaction().setData("/a", "", Number.NaN).commit(), "/a"],
  ])("%s", async (_name, call, path) => {
    await expect(call(client())).rejects.toMatchObject({
      name: "ZkError",
      code: "BAD_ARGUMENTS",
      outcome: "not-applied",
      path,
    });
  });

  it("invalid credentials", async () => {
    await expect(client().addAuth(wrong(undefined), "x")).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await expect(client().addAuth("digest", wrong(7))).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
  });

  it("a transaction that was committed before", async () => {
    const zk = client();
    const transaction = zk.transaction().create("/a");
    const first = transaction.commit();
    await expect(transaction.commit()).rejects.toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied" });
    await zk.close();
    await expect(first).rejects.toMatchObject({ code: "CLOSED", outcome: "not-applied" });
  });
});

describe("a client that was never connected", () => {
  it("rejects all its operations when it is closed", async () => {
    const zk = client();
    const waiting = [zk.create("/a"), zk.getData("/b"), zk.addAuth("digest", "a:b"), zk.transaction().commit()];
    const settled = Promise.allSettled(waiting);
    await zk.close();
    for (const each of await settled) {
      expect(each).toMatchObject({ status: "rejected", reason: { code: "CLOSED", outcome: "not-applied" } });
    }
  });

  it("forgets aborted operations", async () => {
    const zk = client();
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = [zk.create("/a", null, { signal }), zk.addAuth("digest", "a:b", { signal })];
    const settled = Promise.allSettled(waiting);
    controller.abort();
    for (const each of await settled) {
      expect(each).toMatchObject({ status: "rejected", reason: { code: "ABORTED", outcome: "not-applied" } });
    }
  });

  it("has no session, the timeout of its options, and its chroot", () => {
    const zk = client();
    expect([zk.state, zk.sessionId, zk.sessionTimeoutMs, zk.chroot]).toEqual(["connecting", 0n, 10_000, "/app"]);
  });
});
