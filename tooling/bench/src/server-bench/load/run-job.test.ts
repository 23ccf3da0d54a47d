import { describe, expect, it } from "vitest";
import { TARGET } from "./paths.ts";
import { VALUE_BYTES } from "./request-frames.ts";
import { runJob } from "./run-job.ts";
import { startTarget } from "./start-target.ts";

describe.runIf(process.platform === "linux")("a job", () => {
  it("creates as many znodes as it says, each once, with the data that it says", async () => {
    const { client, target } = await startTarget();
    const result = await runJob({
      kind: "operations",
      operation: "create",
      connections: 3,
      inFlight: 4,
      count: 50,
      ...target,
    });
    expect(result).toEqual({
      perSecond: expect.any(Number),
      cpuUs: expect.any(Number),
      ownCpuUs: expect.any(Number),
    });
    const parent = (await client.getChildren("/bench")).filter((name) => name !== "target");
    expect(parent).toHaveLength(1);
    const children = await client.getChildren(`/bench/${parent[0]}`);
    expect(children.toSorted()).toEqual(Array.from({ length: 50 }, (_, index) => `n${String(index).padStart(8, "0")}`));
    const { data } = await client.getData(`/bench/${parent[0]}/n00000049`);
    expect(data).toHaveLength(VALUE_BYTES);
  });

  it("sets as often as it says, and takes latencies where one request is in flight", async () => {
    const { client, target } = await startTarget();
    const result = await runJob({
      kind: "operations",
      operation: "set",
      connections: 1,
      inFlight: 1,
      count: 30,
      ...target,
    });
    expect((await client.getData(TARGET)).stat.version).toBe(30);
    expect(result.p99Us).toBeGreaterThanOrEqual(result.p50Us!);
  });

  it("fails when the server answers with an error", async () => {
    const { client, target } = await startTarget();
    await client.delete(TARGET);
    const get = { kind: "operations", operation: "get", connections: 1, inFlight: 2, count: 4 } as const;
    await expect(runJob({ ...get, ...target })).rejects.toThrow("the server answers with error -101");
  });

  it("fails when nobody listens", async () => {
    await expect(runJob({ kind: "prepare", port: 1, pid: process.pid })).rejects.toThrow(/ECONNREFUSED/);
  });
});
