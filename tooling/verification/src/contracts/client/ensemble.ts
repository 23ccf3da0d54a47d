import { isZkError } from "@conclave/client";
import { describe, expect } from "vitest";
import type { StagedTest } from "../stage.ts";

/** What a client learns of the ensemble and of itself. */
export function ensemble(test: StagedTest): void {
  describe("whoAmI", () => {
    test("tells the address that the server sees", async (stage) => {
      const zk = await stage.client();
      expect(await zk.whoAmI()).toContainEqual({ authScheme: "ip", user: "127.0.0.1" });
    });
  });

  describe("getConfig", () => {
    test("reads what is outside of every chroot", async (stage) => {
      // One server: each has times of its own for it.
      const server = stage.servers[0]!;
      const [zk, plain] = [await stage.connectTo(server + stage.path), await stage.connectTo(server)];
      const [config, same] = [await zk.getConfig(), await plain.getData("/zookeeper/config")];
      expect(config.data?.toString()).toBe(same.data?.toString());
      expect(config.stat).toEqual(same.stat);
    });
  });

  describe("reconfig", () => {
    test("is rejected where the ensemble does not allow it", async (stage) => {
      const zk = await stage.client();
      const error = await zk.reconfig({ leaving: [99] }).catch((failure: unknown) => failure);
      expect(isZkError(error, "RECONFIG_DISABLED", "UNIMPLEMENTED") && error.outcome).toBe("rejected");
    });

    test("of nothing is sent nowhere", async (stage) => {
      const zk = await stage.client();
      await expect(zk.reconfig({ joining: [], leaving: [] })).rejects.toMatchObject({
        code: "BAD_ARGUMENTS",
        outcome: "not-applied",
      });
    });
  });
}
