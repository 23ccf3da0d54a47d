import { onCuratorOnly } from "@conclave/curator";
import { findCompilingJava } from "@conclave/services";
import { describe, expect, it, onTestFinished } from "vitest";
import { MessageProcess } from "../../processes/message-process.ts";
import type { FanOutJob } from "./job.ts";
import { TARGET } from "./paths.ts";
import { runFanOut, watchersCommand } from "./run-fan-out.ts";
import { startTarget } from "./start-target.ts";

async function startGenerator(): Promise<MessageProcess> {
  const java = await findCompilingJava();
  const generator = await MessageProcess.start(watchersCommand(java!));
  onTestFinished(() => generator[Symbol.asyncDispose]());
  return generator;
}

const FEW = { kind: "fan-out", watchers: 40, times: 3 } satisfies Partial<FanOutJob>;

// Curator needs a Java with a compiler, too.
describe.runIf(process.platform === "linux")("a fan-out", await onCuratorOnly(), () => {
  it("changes the watched znode as often as requested, in a second run too", async () => {
    const { client, target } = await startTarget();
    const generator = await startGenerator();
    const result = await runFanOut({ ...FEW, ...target }, generator);
    expect(result).toEqual({
      deliveryMs: expect.any(Number),
      cpuUs: expect.any(Number),
      ownCpuUs: expect.any(Number),
    });
    expect(result.deliveryMs).toBeGreaterThan(0);
    expect((await client.getData(TARGET)).stat.version).toBe(3);
    await runFanOut({ ...FEW, ...target }, generator);
    expect((await client.getData(TARGET)).stat.version).toBe(6);
  });

  it("rejects if the server answers with an error", async () => {
    const { client, target } = await startTarget();
    await client.delete(TARGET);
    const failing = runFanOut({ ...FEW, ...target }, await startGenerator());
    await expect(failing).rejects.toThrow("the server answers with error -101");
  });

  it("rejects if the connection is refused", async () => {
    const failing = runFanOut({ ...FEW, port: 1, pid: process.pid }, await startGenerator());
    await expect(failing).rejects.toThrow("Connection refused");
  });
});
