import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { connect } from "@conclave/client";
import { describeOnEachEnsemble, onRedisOnly, startRedis } from "@conclave/vitest";
import { describe, expect, it } from "vitest";

/** Runs the app as a reader of the README does, with Redis and ensemble named in its environment. */
async function runApp(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
  const main = fileURLToPath(import.meta.resolve("@conclave/bullmq-payouts/main"));
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env, NO_COLOR: "1" } });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number, output: output + errors };
}

it("says which option is wrong", async () => {
  const { code, output } = await runApp(["--workers", "none"], {});
  expect(output).toContain("It must be a whole number from 1 on.");
  expect(code).toBe(1);
});

describeOnEachEnsemble("the app", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    it("pays everything out though a worker is killed, and says so", { timeout: 120_000 }, async () => {
      await using zk = await connect(ensemble.connectString());
      await zk.create(ensemble.root);
      await using redis = await startRedis();
      const { code, output } = await runApp(["--payouts", "80", "--transfer-ms", "30"], {
        CONCLAVE_SERVERS: ensemble.connectString() + ensemble.root,
        REDIS_URL: redis.url,
      });
      expect(output).toMatch(/worker-1 \(pid \d+\) ended: SIGKILL; worker-1\.2 \(pid \d+\) takes its place/);
      expect(output).toContain("✓ paid exactly once    80 payouts were due, the ledger has 80");
      expect(output).not.toContain("✗");
      expect(code, output).toBe(0);
    });
  });
});
