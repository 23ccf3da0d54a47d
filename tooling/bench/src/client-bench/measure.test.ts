import { expect, it } from "vitest";
import type { Settle } from "./clients/client-under-test.ts";
import { measure } from "./measure.ts";

it("measure keeps `depth` operations in flight, and stops at the limit", async () => {
  let inFlight = 0;
  let most = 0;
  const begin = (settle: Settle): void => {
    most = Math.max(most, ++inFlight);
    setImmediate(() => {
      inFlight--;
      settle();
    });
  };
  const measured = await measure(begin, { depth: 64, durationMs: 60_000, maxOperations: 1000 });
  expect(most).toBe(64);
  expect(inFlight).toBe(0);
  expect(measured.operations).toBe(1000);
  expect(measured.p99Us).toBeGreaterThanOrEqual(measured.p50Us);
});

it("measure rejects with the error of an operation", async () => {
  const begin = (settle: Settle): void => void setImmediate(() => settle(new Error("lost")));
  await expect(measure(begin, { depth: 1, durationMs: 10, maxOperations: 10 })).rejects.toThrow("lost");
});
