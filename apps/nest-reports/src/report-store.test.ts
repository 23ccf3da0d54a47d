import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ReportStore, StaleTokenError } from "./report-store.js";

describe("a report store", () => {
  let folder: string;
  let store: ReportStore;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "report-store-"));
    store = new ReportStore(join(folder, "reports.sqlite"));
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const report = (period: number, token: bigint, instance: string) => ({ period, token, instance, at: period * 1000 });

  it("accepts reports of one leader after another", () => {
    store.record(report(1, 5n, "a"));
    store.record(report(2, 5n, "a"));
    store.record(report(3, 9n, "b"));
    expect(store.reports()).toEqual([report(1, 5n, "a"), report(2, 5n, "a"), report(3, 9n, "b")]);
    expect(store.lastPeriod()).toBe(3);
  });

  it("refuses a token older than the newest, also through another handle, and records the refusal", () => {
    const deposed = new ReportStore(join(folder, "reports.sqlite"));
    deposed.record(report(1, 5n, "a"));
    store.record(report(2, 9n, "b"));
    expect(() => deposed.record(report(3, 5n, "a"))).toThrow(StaleTokenError);
    deposed.close();
    expect(store.reports()).toHaveLength(2);
    expect(store.refusals()).toEqual([report(3, 5n, "a")]);
  });

  it("runs a task while no other handle can write", () => {
    const other = new DatabaseSync(join(folder, "reports.sqlite"), { timeout: 0 });
    store.betweenWrites(() => expect(() => other.exec("BEGIN IMMEDIATE")).toThrow("database is locked"));
    other.exec("BEGIN IMMEDIATE; ROLLBACK");
    other.close();
  });

  it("refuses the same token from a second instance", () => {
    store.record(report(1, 5n, "a"));
    expect(() => store.record(report(2, 5n, "b"))).toThrow(StaleTokenError);
  });

  it("keeps tokens exact beyond 2^53", () => {
    const token = 2n ** 62n + 1n;
    store.record(report(1, token, "a"));
    expect(store.reports()[0]?.token).toBe(token);
    expect(() => store.record(report(2, token - 1n, "b"))).toThrow(StaleTokenError);
  });

  it("makes a period's report once, and keeps the newest token when that fails", () => {
    store.record(report(1, 5n, "a"));
    expect(() => store.record(report(1, 9n, "b"))).toThrow(/UNIQUE/);
    store.record(report(2, 5n, "a"));
    expect(store.reports()).toHaveLength(2);
  });
});
