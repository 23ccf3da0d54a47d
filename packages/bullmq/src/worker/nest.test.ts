import "reflect-metadata";
import type { ZooKeeper } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly } from "@conclave/vitest";
import { BullModule, getQueueToken, Processor, WorkerHost } from "@nestjs/bullmq";
import { Inject, type OnApplicationBootstrap } from "@nestjs/common";
import { Test } from "@nestjs/testing";
import type { Job, Queue } from "bullmq";
import { describe, expect, it } from "vitest";
import { QueueTestContext } from "../../test-context/test-context.js";
import { GrantLostError, guardProcessor, type JobGrant, pauseWhileDisconnected } from "../index.js";

const CLIENT = Symbol("CLIENT");
const grants: JobGrant[] = [];

@Processor("nest-payouts", { concurrency: 4 })
class Payouts extends WorkerHost implements OnApplicationBootstrap {
  readonly #guarded;

  constructor(@Inject(CLIENT) private readonly client: ZooKeeper) {
    super();
    const key = (job: Job<{ account: string }>): string => `account-${job.data.account}`;
    this.#guarded = guardProcessor((job, grant) => this.payOut(job, grant), { client, key, delayMs: 40 });
  }

  process(job: Job, token?: string, signal?: AbortSignal): Promise<string> {
    return this.#guarded(job, token, signal);
  }

  onApplicationBootstrap(): void {
    pauseWhileDisconnected(this.worker, this.client);
  }

  async payOut({ data }: Job<{ account: string; waits?: boolean }>, grant: JobGrant): Promise<string> {
    grants.push(grant);
    if (data.waits && grants.length === 1) {
      await new Promise((_, reject) => grant.signal.addEventListener("abort", () => reject(grant.signal.reason)));
    }
    return `paid ${data.account}`;
  }
}

describeOnEachEnsemble("a guarded processor of @nestjs/bullmq", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const context = new QueueTestContext(ensemble);

    it("runs under its grant, aborts when it is lost, and runs again under a larger token", async () => {
      grants.length = 0;
      const { zk, proxy } = await context.proxiedClient();
      const app = await Test.createTestingModule({
        imports: [
          BullModule.forRoot({ connection: context.connection, prefix: context.newName() }),
          BullModule.registerQueue({ name: "nest-payouts" }),
        ],
        providers: [{ provide: CLIENT, useValue: zk }, Payouts],
      }).compile();
      app.useLogger(false);
      context.closeAfter(await app.init(), (opened) => opened.close());
      const queue = app.get<Queue>(getQueueToken("nest-payouts"));
      const job = await queue.add("pay", { account: "7", waits: true }, { attempts: 1 });
      await eventually(() => grants.length === 1);
      proxy.cut();
      await eventually(async () => (await job.getState()) === "completed");
      expect(grants[0]!.signal.reason).toBeInstanceOf(GrantLostError);
      expect(grants[1]!.fencingToken > grants[0]!.fencingToken).toBe(true);
      expect(await queue.getJob(job.id!)).toMatchObject({ returnvalue: "paid 7", attemptsMade: 1 });
    });
  });
});
