import { isZkError } from "@conclave/client";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";

/** Checks the operations on the ensemble and on the client itself. */
export function ensemble(test: ContractTest): void {
  describe("whoAmI", () => {
    test("returns the address of the client", async (context) => {
      const zk = await context.client();
      expect(await zk.whoAmI()).toContainEqual({ authScheme: "ip", user: "127.0.0.1" });
    });
  });

  describe("getConfig", () => {
    test("reads the configuration, which is outside of every chroot", async (context) => {
      // One server: its times differ between servers.
      const server = context.servers[0]!;
      const [zk, plain] = [await context.connectTo(server + context.path), await context.connectTo(server)];
      const [config, same] = [await zk.getConfig(), await plain.getData("/zookeeper/config")];
      expect(config.data?.toString()).toBe(same.data?.toString());
      expect(config.stat).toEqual(same.stat);
    });
  });

  describe("reconfig", () => {
    test("is rejected by an ensemble that does not allow it", async (context) => {
      const zk = await context.client();
      const error = await zk.reconfig({ leaving: [99] }).catch((failure: unknown) => failure);
      expect(isZkError(error, "RECONFIG_DISABLED", "UNIMPLEMENTED") && error.outcome).toBe("rejected");
    });

    test("without changes is not sent", async (context) => {
      const zk = await context.client();
      await expect(zk.reconfig({ joining: [], leaving: [] })).rejects.toMatchObject({
        code: "BAD_ARGUMENTS",
        outcome: "not-applied",
      });
    });
  });
}
