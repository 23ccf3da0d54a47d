import { describe, expect, it } from "vitest";
import { TARGET } from "./paths.ts";
import { VALUE_BYTES } from "./request-frames.ts";
import { runJob } from "./run-job.ts";
import { startTarget } from "./start-target.ts";

describe.runIf(process.platform === "linux")("a job", () => {
  it("creates the requested number of znodes, each once, with the requested data", async () => {
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

  it("sets the data as often as requested, and measures latencies with one request in flight", async () => {
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

  it("rejects if the server answers with an error", async () => {
    const { client, target } = await startTarget();
    await client.delete(TARGET);
    const get = { kind: "operations", operation: "get", connections: 1, inFlight: 2, count: 4 } as const;
    await expect(runJob({ ...get, ...target })).rejects.toThrow("the server answers with error -101");
  });

  it("rejects if the connection is refused", async () => {
    await expect(runJob({ kind: "prepare", port: 1, pid: process.pid })).rejects.toThrow(/ECONNREFUSED/);
  });
});
