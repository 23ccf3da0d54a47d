import { expect, it } from "vitest";
import { ExpectedState } from "./expected-state.ts";

it("a read must return the write that was reported as applied", () => {
  const state = new ExpectedState("a", 0);
  expect(state.done("b", 0, 1)).toBeUndefined();
  expect(state.read("b", 1)).toBeUndefined();
  expect(state.read("a", 0)).toContain('version 0 with "a"');
});

it("a write with an unknown outcome may be applied or not, until a read shows it", () => {
  const state = new ExpectedState("a", 0);
  state.unknown("b", 0);
  expect(state.read("a", 0)).toBeUndefined();
  expect(state.refused(0)).toBeUndefined();
  expect(state.read("b", 1)).toBeUndefined();
  expect(state.read("a", 0)).toBeDefined();
  expect(state.version).toBe(1);
});

it("a write with an unknown outcome must not be applied after a later write", () => {
  const state = new ExpectedState("a", 0);
  state.unknown("b", 0);
  expect(state.done("c", 0, 1)).toBeUndefined();
  expect(state.read("b", 1)).toContain('"b"');
});

it("a write that was reported as not applied and is visible is a contradiction, and so is a lost write", () => {
  const notApplied = new ExpectedState("a", 0);
  expect(notApplied.read("b", 1)).toContain("no write made that");
  expect(notApplied.refused(0)).toContain("nothing else wrote");
  const lost = new ExpectedState("a", 0);
  lost.done("b", 0, 1);
  expect(lost.read("a", 1)).toContain('held "b"');
});
