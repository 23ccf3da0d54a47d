import { connect, type ZooKeeper } from "@conclave/client";
import { Mutex } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import {
  describeOnEachEnsemble,
  onPostgresOnly,
  PATIENT_SESSION,
  type Postgres,
  startPostgres,
} from "@conclave/vitest";
import { createPostgresBackend, Queue } from "bullmq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { guardedWorker, type JobGrant } from "../index.js";

describeOnEachEnsemble("a guarded worker", (ensemble) => {
  describe("on BullMQ's PostgreSQL backend", onPostgresOnly(), () => {
    let postgres: Postgres;
    let client: ZooKeeper;
    beforeAll(async () => {
      postgres = await startPostgres();
      client = await connect(ensemble.connectString(), PATIENT_SESSION);
      await client.create(ensemble.root);
    });
    afterAll(async () => {
      await client?.close();
      await postgres?.close();
    });

    it("excludes by key, delays at no cost of attempts, and aborts when its grant is lost", async () => {
      await using stack = new AsyncDisposableStack();
      const connection = { connectionString: postgres.url, migrate: true };
      const queue = new Queue("payouts", { connection }, createPostgresBackend);
      // It reports idle connections that are closed when the server ends.
      queue.on("error", () => {});
      stack.defer(() => queue.close());
      const grants: JobGrant[] = [];
      let inside = 0;
      let most = 0;
      const key = (): string => `${ensemble.root.slice(1)}-account-7`;
      const worker = await guardedWorker(
        queue.name,
        async (_job, grant) => {
          grants.push(grant);
          most = Math.max(most, ++inside);
          const isFirst = grants.length === 1;
          await new Promise((resolve) =>
            isFirst ? grant.signal.addEventListener("abort", resolve) : setImmediate(resolve),
          );
          inside--;
          grant.signal.throwIfAborted();
        },
        { client, key, connection, backend: createPostgresBackend, concurrency: 4, delayMs: 40 },
      );
      worker.on("error", () => {});
      stack.defer(() => worker.close());
      const jobs = await queue.addBulk(
        Array.from({ length: 8 }, () => ({ name: "pay", data: {}, opts: { attempts: 1 } })),
      );
      await eventually(() => grants.length === 1);
      await eventually(async () => (await queue.getDelayedCount()) > 0);
      const [holder] = await new Mutex(client, { name: key() }).contenders();
      await client.delete(holder!.path);
      await eventually(async () => (await queue.getCompletedCount()) === 8);
      expect(most).toBe(1);
      expect(grants.length).toBe(9);
      expect(grants[0]!.signal.reason).toMatchObject({ code: "GONE" });
      for (const { id } of jobs) expect((await queue.getJob(id!))!.attemptsMade).toBe(1);
    });
  });
});
