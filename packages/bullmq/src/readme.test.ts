import { readFileSync } from "node:fs";
import * as client from "@conclave/client";
import * as nestjs from "@conclave/nestjs";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, onRedisOnly, PATIENT_SESSION } from "@conclave/vitest";
import * as nestBullmq from "@nestjs/bullmq";
import * as common from "@nestjs/common";
import * as core from "@nestjs/core";
import * as bullmq from "bullmq";
import ts from "typescript";
import { afterEach, describe, expect, it, vi } from "vitest";
import { QueueTestContext } from "../test-context/test-context.js";
import * as ours from "./index.js";

const modules: Readonly<Record<string, object>> = {
  "@conclave/bullmq": ours,
  "@conclave/client": client,
  "@conclave/nestjs": nestjs,
  "@nestjs/bullmq": nestBullmq,
  "@nestjs/common": common,
  "@nestjs/core": core,
  bullmq,
};
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```ts no-run\n(.*?)^```$/gms)].map(([, code]) => code ?? "");

interface Closable {
  close(): Promise<unknown>;
}

describeOnEachEnsemble("the examples of the README", (ensemble) => {
  describe("on Redis", onRedisOnly(), () => {
    const context = new QueueTestContext(ensemble);
    afterEach(() => void vi.restoreAllMocks());

    /** Runs an example as a module that imports the sources here. Returns the variables that `names` lists. */
    const run = async <T>(index: number, ...names: string[]): Promise<T> => {
      const placed = examples[index]!.replaceAll("127.0.0.1:2181", context.connectString).replaceAll(
        "redis://127.0.0.1:6379",
        context.redis.url,
      );
      const compilerOptions = {
        target: ts.ScriptTarget.ES2022,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
      };
      const script = ts.transpileModule(placed, { compilerOptions }).outputText;
      const body = script
        .replace(
          /^import (\{[^}]*\}) from "([^"]+)";$/gm,
          (_, imported: string, from: string) => `const ${imported} = modules[${JSON.stringify(from)}];`,
        )
        .replaceAll(/^export (?=class|\{)/gm, "")
        .replaceAll(/^\{.*\};$/gm, "");
      const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (
        ...code: string[]
      ) => (given: object) => Promise<T>;
      return new AsyncFunction("modules", `${body}\nreturn { ${names.join(", ")} };`)(modules);
    };
    /** Closes the resources of an example in the given order. */
    const closeAll = async (...opened: Closable[]): Promise<void> => {
      for (const each of opened) await each.close();
    };

    it("guard a worker, and cancel its job from another process", async () => {
      const log = vi.spyOn(console, "log").mockImplementation(() => {});
      type First = Record<"worker" | "queue" | "client", Closable> & { queue: bullmq.Queue };
      const { worker, queue, client: zk } = await run<First>(0, "worker", "queue", "client");
      await eventually(() => /pay 900 to 7, under token \d+/.test(log.mock.calls.join("\n")));

      const cancelling = run<Record<"events" | "client", Closable>>(1, "events", "client");
      const data = { account: "7", cents: 1 };
      await eventually(async () => (await requestsFor(context, queue.name)) === 1);
      await queue.add("pay", data, { jobId: "wrong-one" });
      const { events, client: other } = await cancelling;
      expect(log.mock.calls.at(-1)).toMatchObject([{ jobId: "wrong-one" }]);
      await closeAll(worker, queue, events, zk, other);
    });

    it("write the schedulers of a queue", async () => {
      type Leading = { leading: Promise<void>; stop: AbortController; queue: bullmq.Queue; client: Closable };
      const { leading, stop, queue, client: zk } = await run<Leading>(2, "leading", "stop", "queue", "client");
      await eventually(async () => (await queue.getJobScheduler("nightly")) !== undefined);
      stop.abort();
      await leading;
      await closeAll(queue, zk);
    });

    it("guard a processor of @nestjs/bullmq", async () => {
      const log = vi.spyOn(console, "log").mockImplementation(() => {});
      common.Logger.overrideLogger(false);
      const { app } = await run<{ app: common.INestApplicationContext }>(3, "app");
      common.Logger.overrideLogger(new common.ConsoleLogger());
      expect(log.mock.calls.join("\n")).toMatch(/pay 900, under token \d+/);
      expect(app.get(nestjs.ConclaveService).client.state).toBe("closed");
    });
  });
});

/** Returns the number of requests to cancel jobs of a queue. */
async function requestsFor(context: QueueTestContext, queue: string): Promise<number> {
  await using zk = await client.connect(context.connectString, PATIENT_SESSION);
  return (await zk.getChildren(`/conclave/groups/bullmq-cancel%3A${queue}`)).length;
}
