import { connect, type ZooKeeper } from "@conclave/client";
import { Mutex } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import {
  describeOnEachEnsemble,
  type EnsembleUnderTest,
  onRedisOnly,
  PATIENT_SESSION,
  startRedis,
} from "@conclave/vitest";
import { BullModule, getQueueToken, Processor, WorkerHost } from "@nestjs/bullmq";
import { Test, type TestingModule } from "@nestjs/testing";
import { type Job, type Queue, QueueEvents } from "bullmq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConclaveModule, currentGrant, Locked } from "../index.js";

@Processor("payouts", { concurrency: 4 })
class Payouts extends WorkerHost {
  readonly seen: string[] = [];
  inside = 0;
  most = 0;

  @Locked((job: Job) => `account-${job.data.account}`)
  override async process(job: Job, token?: string, signal?: AbortSignal): Promise<string> {
    this.most = Math.max(this.most, ++this.inside);
    this.seen.push(`${typeof token} ${signal instanceof AbortSignal}`);
    await eventually(async () => (await job.getState()) === "active");
    this.inside--;
    return `${job.data.account} under ${currentGrant().fencingToken > 0n}`;
  }
}

describe("a BullMQ processor", onRedisOnly(), () => {
  describeOnEachEnsemble("under a lock", (ensemble: EnsembleUnderTest) => {
    let redis: Awaited<ReturnType<typeof startRedis>>;
    let app: TestingModule;
    let zk: ZooKeeper;
    let events: QueueEvents;

    beforeAll(async () => {
      redis = await startRedis();
      await using first = await connect(ensemble.connectString(), PATIENT_SESSION);
      await first.create(ensemble.root);
      const servers = ensemble.connectString() + ensemble.root;
      zk = await connect(servers, PATIENT_SESSION);
      const nothing = (): void => {};
      const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
      const connection = { url: redis.url };
      app = await Test.createTestingModule({
        imports: [
          ConclaveModule.forRoot({ servers, logger, ...PATIENT_SESSION }),
          BullModule.forRoot({ connection }),
          BullModule.registerQueue({ name: "payouts" }),
        ],
        providers: [Payouts],
      }).compile();
      app.useLogger(false);
      await app.init();
      events = new QueueEvents("payouts", { connection });
    });
    afterAll(async () => {
      await events?.close();
      await app?.close();
      await zk?.close();
      await redis?.close();
    });

    it("runs one job per key at a time, with BullMQ's token and signal, and waits for other holders", async () => {
      const queue = app.get<Queue>(getQueueToken("payouts"));
      const grant = await new Mutex(zk, { name: "account-7" }).acquire();
      const jobs = await queue.addBulk([7, 7, 7].map((account) => ({ name: "pay", data: { account } })));
      await eventually(async () => (await new Mutex(zk, { name: "account-7" }).contenders()).length === 4);
      const payouts = app.get(Payouts);
      expect(payouts.seen).toEqual([]);
      await grant.release();
      expect(await Promise.all(jobs.map((job) => job.waitUntilFinished(events)))).toEqual(
        jobs.map(() => "7 under true"),
      );
      expect([payouts.most, payouts.seen]).toEqual([1, jobs.map(() => "string true")]);
    });
  });
});
