import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { StaleTokenError } from "./report-store.js";
import { SummaryStore } from "./summary-store.js";

let folder: string;
let store: SummaryStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "summary-store-"));
  store = new SummaryStore(join(folder, "reports.sqlite"));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

it("holds the newest summary, with an exact token", () => {
  expect(store.read()).toEqual({ reports: 0, token: 0n, instance: "" });
  const token = 2n ** 62n + 1n;
  store.record({ reports: 3, token, instance: "a" });
  expect(store.read()).toEqual({ reports: 3, token, instance: "a" });
});

it("refuses a summary of an older lock, also through another handle", () => {
  const late = new SummaryStore(join(folder, "reports.sqlite"));
  store.record({ reports: 3, token: 9n, instance: "b" });
  expect(() => late.record({ reports: 2, token: 5n, instance: "a" })).toThrow(StaleTokenError);
  late.close();
  expect(store.read().reports).toBe(3);
});
