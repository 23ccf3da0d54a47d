import { type Clock, silentLogger, systemClock } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { expect, it, onTestFinished } from "vitest";
import type { HealthCheck } from "./health-check.js";
import { HealthMonitor } from "./health-monitor.js";

function monitor(health: HealthCheck, clock: Clock = systemClock): HealthMonitor {
  const created = new HealthMonitor(health, { clock, logger: silentLogger });
  onTestFinished(() => created.close());
  return created;
}

it("a health monitor is healthy from the first successful check to the first failed one", async () => {
  let result: boolean | Error = true;
  const check = (): boolean => {
    if (result instanceof Error) throw result;
    return result;
  };
  const health = monitor({ check, intervalMs: 1 });
  expect(health.isHealthy).toBe(false);
  const stop = new AbortController();
  const healthy = await health.whileHealthy(stop.signal);
  expect(healthy.aborted).toBe(false);
  result = new Error("no disk");
  await eventually(() => healthy.aborted);
  expect([health.isHealthy, stop.signal.aborted]).toEqual([false, false]);
  result = true;
  const again = await health.whileHealthy(stop.signal);
  stop.abort();
  expect(again.aborted).toBe(true);
});

it("a health monitor counts a check without a result as failed", async () => {
  let isHung = false;
  const health = monitor({
    check: () => (isHung ? new Promise<boolean>(() => {}) : true),
    intervalMs: 1,
    timeoutMs: 5,
  });
  const healthy = await health.whileHealthy(new AbortController().signal);
  isHung = true;
  await eventually(() => healthy.aborted);
});

it("a health monitor ends a wait when its signal aborts, and calls no check once it is closed", async () => {
  let checks = 0;
  const health = monitor({ check: () => ++checks < 0, intervalMs: 1 });
  const stop = new AbortController();
  const waiting = health.whileHealthy(stop.signal);
  await eventually(() => checks > 1);
  stop.abort();
  expect((await waiting).aborted).toBe(true);
  const other = health.whileHealthy(new AbortController().signal);
  health.close();
  expect((await other).aborted).toBe(true);
});

it("a health monitor rejects invalid intervals and timeouts", () => {
  expect(() => monitor({ check: () => true, intervalMs: -1 })).toThrow("intervalMs must be 0 or more");
  expect(() => monitor({ check: () => true, timeoutMs: Number.NaN })).toThrow("timeoutMs above 0");
});
