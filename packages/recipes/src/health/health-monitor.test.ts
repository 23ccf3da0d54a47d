import { type Clock, silentLogger, systemClock } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { expect, it, onTestFinished } from "vitest";
import type { HealthCheck } from "./health-check.js";
import { HealthMonitor } from "./health-monitor.js";

function monitor(health: HealthCheck, clock: Clock = systemClock): HealthMonitor {
  const made = new HealthMonitor(health, { clock, logger: silentLogger });
  onTestFinished(() => made.close());
  return made;
}

it("a health monitor is healthy from the first good result to the first bad one", async () => {
  let answer: boolean | Error = true;
  const check = (): boolean => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const health = monitor({ check, intervalMs: 1 });
  expect(health.isHealthy).toBe(false);
  const stop = new AbortController();
  const fit = await health.whileHealthy(stop.signal);
  expect(fit.aborted).toBe(false);
  answer = new Error("no disk");
  await eventually(() => fit.aborted);
  expect([health.isHealthy, stop.signal.aborted]).toEqual([false, false]);
  answer = true;
  const again = await health.whileHealthy(stop.signal);
  stop.abort();
  expect(again.aborted).toBe(true);
});

it("a health monitor counts a missing answer as a bad one", async () => {
  let isHung = false;
  const health = monitor({
    check: () => (isHung ? new Promise<boolean>(() => {}) : true),
    intervalMs: 1,
    timeoutMs: 5,
  });
  const fit = await health.whileHealthy(new AbortController().signal);
  isHung = true;
  await eventually(() => fit.aborted);
});

it("a health monitor ends a wait when its signal aborts, and calls no check once it is closed", async () => {
  let asked = 0;
  const health = monitor({ check: () => ++asked < 0, intervalMs: 1 });
  const stop = new AbortController();
  const waiting = health.whileHealthy(stop.signal);
  await eventually(() => asked > 1);
  stop.abort();
  expect((await waiting).aborted).toBe(true);
  const forGood = health.whileHealthy(new AbortController().signal);
  health.close();
  expect((await forGood).aborted).toBe(true);
});

it("a health monitor rejects invalid intervals and timeouts", () => {
  expect(() => monitor({ check: () => true, intervalMs: -1 })).toThrow("intervalMs must be 0 or more");
  expect(() => monitor({ check: () => true, timeoutMs: Number.NaN })).toThrow("timeoutMs above 0");
});
