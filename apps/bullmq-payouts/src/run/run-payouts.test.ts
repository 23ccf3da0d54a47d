import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@conclave/client";
import { forEachSeed } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly, PATIENT_SESSION, startRedis } from "@conclave/vitest";
import { beforeAll, describe, expect, it } from "vitest";
import { planFaults } from "../faults/fault-plan.js";
import { runPayouts } from "./run-payouts.js";
import { verdict } from "./verdict.js";

const counts = { payouts: 400, workers: 4, kills: 4, pauses: 1, cutOffs: 1, redisRestarts: 1 };

describeOnEachEnsemble("payouts under faults", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    beforeAll(async () => {
      await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
      await zk.create(ensemble.root);
    });

    it("are each made once while workers are killed or lose their sessions and Redis restarts", async ({ signal }) => {
      const servers = ensemble.connectString() + ensemble.root;
      await forEachSeed(
        async (_random, seed) => {
          await using stack = new AsyncDisposableStack();
          const redis = stack.use(await startRedis({ durable: true }));
          const folder = await mkdtemp(join(tmpdir(), "payouts-"));
          stack.defer(() => rm(folder, { recursive: true }));
          const lines: string[] = [`seed ${seed}`];
          const record = await runPayouts({
            ...counts,
            servers,
            redis,
            ledger: join(folder, "ledger.sqlite"),
            accounts: 10,
            sessionTimeoutMs: 3_000,
            transferMs: 20,
            plan: planFaults(seed, counts),
            log: (line) => lines.push(line),
            signal,
          });
          for (const check of verdict(record)) expect(check, lines.join("\n")).toMatchObject({ holds: true });
          const killed = lines.filter((line) => line.includes("ended: SIGKILL"));
          expect(killed.length, lines.join("\n")).toBeGreaterThan(0);
        },
        { count: 1 },
      );
    });
  });
});
