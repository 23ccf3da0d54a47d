import { type Acl, Permission } from "@conclave/client";
import { describe, expect } from "vitest";
import type { StagedTest } from "../stage.ts";

/** The creator, whoever proved to be one by `digest`. */
const OWN: readonly Acl[] = [{ permissions: Permission.ALL, id: { scheme: "auth", id: "" } }];

/** Credentials, on ensembles that know the scheme `digest`. */
export function credentials(test: StagedTest): void {
  describe("credentials", () => {
    test("open what others may not see, to a client that gives them at once or later", async (stage) => {
      const auth = [{ scheme: "digest", auth: "anna:secret" }];
      const [owner, other] = [await stage.client({ auth }), await stage.client()];
      await owner.create("/own", "x", { acl: OWN });
      await other.sync("/");
      await expect(other.getData("/own")).rejects.toMatchObject({ code: "NO_AUTH", path: "/own" });
      await other.addAuth("digest", Buffer.from("anna:wrong"));
      await expect(other.getData("/own")).rejects.toMatchObject({ code: "NO_AUTH" });
      await other.addAuth("digest", "anna:secret");
      expect((await other.getData("/own")).data?.toString()).toBe("x");
    });

    test("are given on each new connection before anything else is sent", async (stage) => {
      const proxy = await stage.proxy();
      const { zk, states } = await stage.actor(proxy);
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

    test("are told by whoAmI, without their secret", async (stage) => {
      const zk = await stage.client({ auth: [{ scheme: "digest", auth: "anna:secret" }] });
      expect(await zk.whoAmI()).toContainEqual({ authScheme: "digest", user: "anna" });
      await zk.addAuth("digest", "bert:secret");
      expect(await zk.whoAmI()).toContainEqual({ authScheme: "digest", user: "bert" });
    });

    test("of a znode's owner are told as a digest, and to others not at all", async (stage) => {
      const auth = [{ scheme: "digest", auth: "anna:secret" }];
      const [owner, other] = [await stage.client({ auth }), await stage.client()];
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

    test("given without a connection are accepted by the next", async (stage) => {
      const proxy = await stage.proxy();
      const { zk, states } = await stage.actor(proxy);
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
