import { expect, it } from "vitest";
import { TreeModel } from "./tree-model.js";

const at = (czxid: bigint, mzxid = czxid): { czxid: bigint; mzxid: bigint } => ({ czxid, mzxid });

it("reports the changes of each read", () => {
  const model = new TreeModel();
  expect(model.found("/a", at(1n))).toEqual(["added"]);
  expect(model.found("/a", at(1n))).toEqual([]);
  expect(model.found("/a", at(1n, 2n))).toEqual(["changed"]);
  expect([...model.paths]).toEqual(["/a"]);
  expect(model.missed("/a")).toEqual(["removed"]);
  expect(model.missed("/a")).toEqual([]);
});

it("reports a new czxid as a removal and an addition, whatever its version is", () => {
  const model = new TreeModel();
  model.found("/a", at(1n, 5n));
  expect(model.found("/a", at(6n))).toEqual(["removed", "added"]);
});

it("ignores the result of an older read", () => {
  const model = new TreeModel();
  model.found("/a", at(1n, 5n));
  expect(model.found("/a", at(1n, 4n))).toEqual([]);
});

it("reports a denied znode once, and its later states", () => {
  const model = new TreeModel();
  model.found("/a", at(1n, 5n));
  expect([model.denied("/a"), model.denied("/a"), [...model.paths]]).toEqual([["denied"], [], ["/a"]]);
  expect(model.found("/a", at(1n, 5n))).toEqual(["added"]);
  expect([model.denied("/a"), model.missed("/a"), model.missed("/a")]).toEqual([["denied"], ["removed"], []]);
});
