import { expect, it } from "vitest";
import { Ledger } from "./ledger.ts";

it("holds what was reported done", () => {
  const ledger = new Ledger("a", 0);
  expect(ledger.done("b", 0, 1)).toBeUndefined();
  expect(ledger.read("b", 1)).toBeUndefined();
  expect(ledger.read("a", 0)).toContain('version 0 with "a"');
});

it("lets a write of unknown outcome be done or not, until a later one was", () => {
  const ledger = new Ledger("a", 0);
  ledger.unknown("b", 0);
  expect(ledger.read("a", 0)).toBeUndefined();
  expect(ledger.refused(0)).toBeUndefined();
  expect(ledger.read("b", 1)).toBeUndefined();
  expect(ledger.read("a", 0)).toBeDefined();
  expect(ledger.version).toBe(1);
});

it("does not let a write of unknown outcome be done after a later one", () => {
  const ledger = new Ledger("a", 0);
  ledger.unknown("b", 0);
  expect(ledger.done("c", 0, 1)).toBeUndefined();
  expect(ledger.read("b", 1)).toContain('"b"');
});

it("sees a write that was reported not applied and is there, and one that was lost", () => {
  const notApplied = new Ledger("a", 0);
  expect(notApplied.read("b", 1)).toContain("no write made that");
  expect(notApplied.refused(0)).toContain("nothing else wrote");
  const lost = new Ledger("a", 0);
  lost.done("b", 0, 1);
  expect(lost.read("a", 1)).toContain('held "b"');
});
