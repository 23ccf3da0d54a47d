import { checkLinearizability, type HistoryOperation } from "@conclave/testing";
import { expect, it } from "vitest";
import { type VersionInput, versionModel } from "./version-model.ts";

type Operation = HistoryOperation<VersionInput, boolean | number>;

const operation = (input: VersionInput, times: [number, number?], output?: boolean | number): Operation => ({
  ...{ by: "a client", input, calledAt: times[0], returnedAt: times[1], output },
});
const set = (expected: number, times: [number, number?], output?: boolean): Operation =>
  operation({ type: "set", expected }, times, output);
const read = (output: number, times: [number, number]): Operation => operation({ type: "read" }, times, output);

it.each<[string, Operation[]]>([
  ["a set that is read later", [set(0, [1, 2], true), read(1, [3, 4])]],
  ["a set of unknown outcome that another set builds on", [set(0, [1]), set(1, [2, 3], true)]],
  ["a refused set with an old version", [set(0, [1, 2], true), set(0, [3, 4], false)]],
])("a history with %s has an order", (_, history) => {
  expect(checkLinearizability(versionModel, history).isLinearizable).toBe(true);
});

it.each<[string, Operation[]]>([
  ["an old version, read after a set was acknowledged", [set(0, [1, 2], true), read(0, [3, 4])]],
  ["an acknowledged set that is lost", [set(0, [1, 2], true), set(0, [3, 4], true)]],
  ["a set that is applied twice", [set(0, [1]), read(2, [2, 3])]],
])("a history with %s has none", (_, history) => {
  expect(checkLinearizability(versionModel, history).isLinearizable).toBe(false);
});
