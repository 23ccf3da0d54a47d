import { type Acl, Permission } from "@conclave/client";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";

/** The identity of the creator, by the scheme `digest`. */
const OWN: readonly Acl[] = [{ permissions: Permission.ALL, id: { scheme: "auth", id: "" } }];

/** Checks credentials, on ensembles with the scheme `digest`. */
export function credentials(test: ContractTest): void {
  describe("credentials", () => {
    test("give access to protected znodes, also if they are added later", async (context) => {
      const auth = [{ scheme: "digest", auth: "anna:secret" }];
      const [owner, other] = [await context.client({ auth }), await context.client()];
      await owner.create("/own", "x", { acl: OWN });
      await other.sync("/");
      await expect(other.getData("/own")).rejects.toMatchObject({ code: "NO_AUTH", path: "/own" });
      await other.addAuth("digest", Buffer.from("anna:wrong"));
      await expect(other.getData("/own")).rejects.toMatchObject({ code: "NO_AUTH" });
      await other.addAuth("digest", "anna:secret");
      expect((await other.getData("/own")).data?.toString()).toBe("x");
    });

    test("are sent on each new connection before other requests", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy);
      await zk.addAuth("digest", "anna:secret");
      await zk.create("/own", "0", { acl: OWN });
      for (let round = 1; round <= 3; round++) {
        proxy.refuse();
        proxy.cut();
        await states.take(2 * round - 1);
        const waiting = zk.setData("/own", `${round}`);
        proxy.accept();
        expect((await waiting).version).toBe(round);
      }
    });

    test("are returned by whoAmI without secrets", async (context) => {
      const zk = await context.client({ auth: [{ scheme: "digest", auth: "anna:secret" }] });
      expect(await zk.whoAmI()).toContainEqual({ authScheme: "digest", user: "anna" });
      await zk.addAuth("digest", "bert:secret");
      expect(await zk.whoAmI()).toContainEqual({ authScheme: "digest", user: "bert" });
    });

    test("of the owner of a znode are readable as a digest, and not by other clients", async (context) => {
      const auth = [{ scheme: "digest", auth: "anna:secret" }];
      const [owner, other] = [await context.client({ auth }), await context.client()];
      const readable: Acl = { permissions: Permission.READ, id: { scheme: "world", id: "anyone" } };
      await owner.create("/own", "x", { acl: [...OWN, readable] });
      await other.sync("/");
      const [mine] = (await owner.getACL("/own")).acl;
      expect(mine).toEqual({
        permissions: Permission.ALL,
        id: { scheme: "digest", id: expect.stringMatching(/^anna:.{28}$/) },
      });
      const [theirs] = (await other.getACL("/own")).acl;
      expect(theirs?.id).toEqual({ scheme: "digest", id: "anna:x" });
      await expect(other.setACL("/own", [readable])).rejects.toMatchObject({ code: "NO_AUTH", outcome: "rejected" });
      expect((await owner.setACL("/own", OWN)).aversion).toBe(1);
      await other.sync("/");
      await expect(other.getData("/own")).rejects.toMatchObject({ code: "NO_AUTH" });
    });

    test("added while disconnected are sent on the next connection", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy);
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      const added = zk.addAuth("digest", "anna:secret");
      const created = zk.create("/own", null, { acl: OWN });
      proxy.accept();
      await added;
      expect(await created).toBe("/own");
    });
  });
}
