import { describe, expect, it } from "vitest";
import { cpuUs, cpuUsOfStat, proportionalBytes, residentBytes, residentBytesOfStatus } from "./process-usage.ts";

it("CPU time is the sum of user and system time, for any name of the program", () => {
  const stat = "4711 (odd) name 1 2) S 1 4711 4711 0 -1 4194560 900 0 1 0 25 17 5 6 20 0 11 0 123456 999 888";
  expect(cpuUsOfStat(stat)).toBe(420_000);
});

it("resident memory is VmRSS, not VmSize", () => {
  expect(residentBytesOfStatus("Name:\tnode\nVmSize:\t  999 kB\nVmRSS:\t   76288 kB\nRssAnon:\t 1 kB\n")).toBe(
    78_118_912,
  );
});

describe.runIf(process.platform === "linux")("on Linux", () => {
  it("CPU time and memory of this process are read from /proc", () => {
    const before = cpuUs(process.pid);
    const own = process.cpuUsage();
    while (process.cpuUsage(own).user < 50_000) Math.sqrt(2);
    expect(cpuUs(process.pid) - before).toBeGreaterThanOrEqual(40_000);
    expect(residentBytes(process.pid)).toBeGreaterThan(10 * 1024 * 1024);
    expect(proportionalBytes(process.pid)).toBeGreaterThan(5 * 1024 * 1024);
  });

  it("cpuUs throws for a process that does not exist", () => {
    expect(() => cpuUs(0x7fffffff)).toThrow(/ENOENT/);
  });
});
