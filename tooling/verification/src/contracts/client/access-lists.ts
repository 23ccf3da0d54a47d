import { type Acl, OPEN_ACL_UNSAFE, Permission } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { StagedTest } from "../stage.ts";

const world = (permissions: number): Acl => ({ permissions, id: { scheme: "world", id: "anyone" } });

/** Access control lists, whoever the client is. */
export function accessLists(test: StagedTest): void {
  describe("an access control list", () => {
    test("is open to everybody by default, and told with the Stat", async (stage) => {
      const zk = await stage.client();
      await zk.create("/a", "x");
      const { acl, stat } = await zk.getACL("/a");
      expect(acl).toEqual(OPEN_ACL_UNSAFE);
      expect(stat).toEqual(await zk.exists("/a"));
    });

    test("is replaced as a whole, and counts versions of its own", async (stage) => {
      const zk = await stage.client();
      await zk.create("/a");
      const first = await zk.setACL("/a", [world(Permission.READ | Permission.ADMIN)]);
      const second = await zk.setACL("/a", [world(Permission.ALL)], { version: 1 });
      expect([first.aversion, second.aversion, second.version]).toEqual([1, 2, 0]);
      expect((await zk.getACL("/a")).acl).toEqual([world(Permission.ALL)]);
    });

    test("is what the server goes by, for each permission", async (stage) => {
      const zk = await stage.client();
      await zk.create("/a");
      await zk.setACL("/a", [world(Permission.READ | Permission.ADMIN)]);
      await refused(() => zk.setData("/a", "x"));
      await refused(() => zk.create("/a/b"));
      expect(await zk.getChildren("/a")).toEqual([]);
      await zk.setACL("/a", [world(Permission.ALL & ~Permission.READ)]);
      await refused(() => zk.getData("/a"));
      await refused(() => zk.getChildren("/a"));
      expect(await eventually(() => zk.setData("/a", "x"))).toMatchObject({ dataLength: 1 });
      const withoutAdmin = [world(Permission.ALL & ~Permission.ADMIN)];
      await zk.setACL("/a", withoutAdmin);
      // The same again, so that one more that is judged by the list before changes nothing.
      await refused(() => zk.setACL("/a", withoutAdmin));
    });

    test("of another version, of nobody, or of what is not there, is rejected", async (stage) => {
      const zk = await stage.client();
      await zk.create("/a");
      await expect(zk.setACL("/a", OPEN_ACL_UNSAFE, { version: 1 })).rejects.toMatchObject({ code: "BAD_VERSION" });
      await expect(zk.setACL("/a", [])).rejects.toMatchObject({ code: "INVALID_ACL", path: "/a" });
      await expect(zk.setACL("/b", OPEN_ACL_UNSAFE)).rejects.toMatchObject({ code: "NO_NODE", path: "/b" });
      await expect(zk.getACL("/b")).rejects.toMatchObject({ code: "NO_NODE", outcome: "rejected", path: "/b" });
      await expect(zk.getACL("b")).rejects.toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied" });
    });

    test("that is changed tells no watch", async (stage) => {
      const zk = await stage.client();
      await zk.create("/a");
      const told: string[] = [];
      await zk.getData("/a", { watch: ({ type }) => told.push(type) });
      await zk.setACL("/a", [world(Permission.ALL)]);
      await zk.sync("/a");
      expect(told).toEqual([]);
    });
  });
}

/**
 * The call comes to be refused: Apache's leader judges writes by the list before, until it has applied the one that its
 * followers tell their clients of already.
 */
async function refused(call: () => Promise<unknown>): Promise<void> {
  const error = await eventually(() =>
    call().then(
      () => undefined,
      (failure: unknown) => failure,
    ),
  );
  expect(error).toMatchObject({ code: "NO_AUTH", outcome: "rejected" });
}
