import { type Logger, silentLogger } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import type { HealthCheck } from "./health-check.js";
import { HealthMonitor } from "./health-monitor.js";

const allPromises = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

const monitorOf = (health: HealthCheck) => {
  const clock = new TestClock();
  const warnings: unknown[] = [];
  const logger: Logger = { ...silentLogger, warn: (message, fields) => void warnings.push([message, fields]) };
  const monitor = new HealthMonitor(health, { clock, logger });
  onTestFinished(() => monitor.close());
  const changes: boolean[] = [];
  monitor.on((isHealthy) => void changes.push(isHealthy));
  return { monitor, clock, warnings, changes };
};

describe("a health monitor by a manual clock", () => {
  it("waits for a second after each result, and at most 5 seconds for a result, by default", async () => {
    let checks = 0;
    const { clock } = monitorOf({ check: () => ++checks > 0 });
    await allPromises();
    expect([clock.delays, clock.pending, checks]).toEqual([[5_000, 1_000], 1, 1]);
    clock.advance(999);
    await allPromises();
    expect(checks).toBe(1);
    clock.advance(1);
    await allPromises();
    expect([clock.delays, checks]).toEqual([[5_000, 1_000, 5_000, 1_000], 2]);
  });

  it("accepts an interval of 0, and rejects a timeout of 0", async () => {
    const { monitor } = monitorOf({ check: () => true, intervalMs: 0 });
    await allPromises();
    expect(monitor.isHealthy).toBe(true);
    expect(() => monitorOf({ check: () => true, timeoutMs: 0 })).toThrow(
      "intervalMs must be 0 or more and timeoutMs above 0, not 1000 and 0",
    );
  });

  it("counts only the result true as healthy, and reports each change once", async () => {
    const results: unknown[] = [true, true, "yes", false, Promise.resolve(true), Promise.resolve(false)];
    const { monitor, clock, changes, warnings } = monitorOf({ check: () => results.shift() as boolean });
    const seen: boolean[] = [];
    for (let check = 0; check < 6; check++) {
      await allPromises();
      seen.push(monitor.isHealthy);
      clock.advance(1_000);
    }
    expect(seen).toEqual([true, true, false, false, true, false]);
    expect([changes, warnings]).toEqual([[true, false, true, false], []]);
  });

  it("logs an error of the check, and counts it as a failure", async () => {
    const error = new Error("no disk");
    let isFailing = false;
    const { monitor, clock, warnings } = monitorOf({
      check: () => {
        if (isFailing) throw error;
        return true;
      },
    });
    await allPromises();
    isFailing = true;
    clock.advance(1_000);
    await allPromises();
    expect([monitor.isHealthy, warnings]).toEqual([false, [["health check failed", { error }]]]);
  });

  it("counts a check without a result as failed after the timeout, and ignores its result afterwards", async () => {
    const pending: ((isHealthy: boolean) => void)[] = [];
    const { monitor, clock, changes } = monitorOf({
      check: () => new Promise((resolve) => pending.push(resolve)),
      ...{ intervalMs: 50, timeoutMs: 100 },
    });
    await allPromises();
    pending[0]!(true);
    await allPromises();
    clock.advance(50);
    await allPromises();
    clock.advance(99);
    await allPromises();
    expect(monitor.isHealthy).toBe(true);
    clock.advance(1);
    await allPromises();
    pending[1]!(true);
    await allPromises();
    expect([monitor.isHealthy, changes]).toEqual([false, [true, false]]);
  });

  it("calls no check and reports no result after it is closed", async () => {
    const pending: ((isHealthy: boolean) => void)[] = [];
    const { monitor, clock, changes } = monitorOf({ check: () => new Promise((resolve) => pending.push(resolve)) });
    await allPromises();
    monitor.close();
    pending[0]!(true);
    await allPromises();
    clock.advance(10_000);
    await allPromises();
    expect([pending.length, changes, monitor.isHealthy, clock.pending]).toEqual([1, [], false, 0]);
  });

  it("ends the healthy time of a caller at the first failed check, with a reason, or when its signal aborts", async () => {
    let isHealthy = true;
    const { monitor, clock } = monitorOf({ check: () => isHealthy });
    const [stop, other] = [new AbortController(), new AbortController()];
    const waiting = [monitor.whileHealthy(stop.signal), monitor.whileHealthy(other.signal)];
    await allPromises();
    const [first, second] = await Promise.all(waiting);
    expect([first?.aborted, second?.aborted]).toEqual([false, false]);
    const reason = new Error("enough");
    stop.abort(reason);
    expect([first?.reason, second?.aborted]).toEqual([reason, false]);
    clock.advance(1_000);
    await allPromises();
    expect(second?.aborted).toBe(false);
    isHealthy = false;
    clock.advance(1_000);
    await allPromises();
    expect(second?.reason).toMatchObject({ message: "the health check reports that this process is unhealthy" });
    const aborted = await monitor.whileHealthy(stop.signal);
    expect(aborted.reason).toBe(reason);
  });

  it("begins the healthy time of a caller at once while it is healthy", async () => {
    const { monitor } = monitorOf({ check: () => true });
    await allPromises();
    let isOver = false;
    void monitor.whileHealthy(new AbortController().signal).then(() => {
      isOver = true;
    });
    await allPromises();
    expect(isOver).toBe(true);
  });

  it("waits through failed checks until the first healthy one", async () => {
    let isHealthy = false;
    const { monitor, clock } = monitorOf({ check: () => isHealthy });
    let isOver = false;
    const waiting = monitor.whileHealthy(new AbortController().signal).then((signal) => {
      isOver = true;
      return signal;
    });
    for (let check = 0; check < 3; check++) {
      await allPromises();
      expect(isOver).toBe(false);
      clock.advance(1_000);
    }
    isHealthy = true;
    await allPromises();
    clock.advance(1_000);
    await allPromises();
    expect((await waiting).aborted).toBe(false);
  });
});
