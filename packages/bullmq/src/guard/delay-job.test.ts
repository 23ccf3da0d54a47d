import { DelayedError, type Job } from "bullmq";
import { expect, it } from "vitest";
import { delayJob } from "./delay-job.js";

const randomOf = (float: number) => ({ float: () => float }) as Parameters<typeof delayJob>[3];

it.each([
  [0, 500],
  [0.5, 1_000],
  [0.999, 1_499],
])("delays a job by half to one and a half times delayMs: random number %d gives %d ms", async (float, delayMs) => {
  const calls: (readonly [timestamp: number, token: string | undefined])[] = [];
  const job = { moveToDelayed: async (...call: [number, string?]) => void calls.push([call[0], call[1]]) };
  const before = Date.now();
  await expect(delayJob(job as Job, "token", 1_000, randomOf(float))).rejects.toBeInstanceOf(DelayedError);
  const after = Date.now();
  expect(calls).toEqual([[expect.any(Number), "token"]]);
  expect(calls[0]![0]).toBeGreaterThanOrEqual(before + delayMs);
  expect(calls[0]![0]).toBeLessThanOrEqual(after + delayMs);
});

it("rejects with BullMQ's error if the job cannot be delayed", async () => {
  const job = { moveToDelayed: () => Promise.reject(new Error("Missing lock for job 7")) } as unknown as Job;
  await expect(delayJob(job, "token", 1_000, randomOf(0))).rejects.toThrow("Missing lock for job 7");
});
