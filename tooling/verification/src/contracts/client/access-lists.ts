import { type Acl, OPEN_ACL_UNSAFE, Permission } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";

const world = (permissions: number): Acl => ({ permissions, id: { scheme: "world", id: "anyone" } });

/** Checks access control lists. */
export function accessLists(test: ContractTest): void {
  describe("an access control list", () => {
    test("allows all operations to all clients by default, and is returned with the Stat", async (context) => {
      const zk = await context.client();
      await zk.create("/a", "x");
      const { acl, stat } = await zk.getACL("/a");
      expect(acl).toEqual(OPEN_ACL_UNSAFE);
      expect(stat).toEqual(await zk.exists("/a"));
    });

    test("is replaced as a whole, and has its own version", async (context) => {
      const zk = await context.client();
      await zk.create("/a");
      const first = await zk.setACL("/a", [world(Permission.READ | Permission.ADMIN)]);
      const second = await zk.setACL("/a", [world(Permission.ALL)], { version: 1 });
      expect([first.aversion, second.aversion, second.version]).toEqual([1, 2, 0]);
      expect((await zk.getACL("/a")).acl).toEqual([world(Permission.ALL)]);
    });

    test("is enforced by the server, for each permission", async (context) => {
      const zk = await context.client();
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
      // The same list again, so that another call under the previous list changes nothing.
      await refused(() => zk.setACL("/a", withoutAdmin));
    });

    test("with another version, with no entry, or for a missing znode is rejected", async (context) => {
      const zk = await context.client();
      await zk.create("/a");
      await expect(zk.setACL("/a", OPEN_ACL_UNSAFE, { version: 1 })).rejects.toMatchObject({ code: "BAD_VERSION" });
      await expect(zk.setACL("/a", [])).rejects.toMatchObject({ code: "INVALID_ACL", path: "/a" });
      await expect(zk.setACL("/b", OPEN_ACL_UNSAFE)).rejects.toMatchObject({ code: "NO_NODE", path: "/b" });
      await expect(zk.getACL("/b")).rejects.toMatchObject({ code: "NO_NODE", outcome: "rejected", path: "/b" });
      await expect(zk.getACL("b")).rejects.toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied" });
    });

    test("fires no watch when it is changed", async (context) => {
      const zk = await context.client();
      await zk.create("/a");
      const received: string[] = [];
      await zk.getData("/a", { watch: ({ type }) => received.push(type) });
      await zk.setACL("/a", [world(Permission.ALL)]);
      await zk.sync("/a");
      expect(received).toEqual([]);
    });
  });
}

/**
 * Repeats the call until it is rejected: Apache's leader checks writes against the previous list until it has applied the new one,
 * which its followers may have acknowledged already.
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
