import { expect, it } from "vitest";
import { TreeModel } from "./tree-model.js";

const at = (czxid: bigint, mzxid = czxid): { czxid: bigint; mzxid: bigint } => ({ czxid, mzxid });

it("tells what a reading changes", () => {
  const model = new TreeModel();
  expect(model.found("/a", at(1n))).toEqual(["added"]);
  expect(model.found("/a", at(1n))).toEqual([]);
  expect(model.found("/a", at(1n, 2n))).toEqual(["changed"]);
  expect([...model.paths]).toEqual(["/a"]);
  expect(model.missed("/a")).toEqual(["removed"]);
  expect(model.missed("/a")).toEqual([]);
});

it("tells a znode that was deleted and made again from one that was changed, whatever its version", () => {
  const model = new TreeModel();
  model.found("/a", at(1n, 5n));
  expect(model.found("/a", at(6n))).toEqual(["removed", "added"]);
});

it("takes no word of an older reading", () => {
  const model = new TreeModel();
  model.found("/a", at(1n, 5n));
  expect(model.found("/a", at(1n, 4n))).toEqual([]);
});

it("tells once that a znode may not be read, and what becomes of it", () => {
  const model = new TreeModel();
  model.found("/a", at(1n, 5n));
  expect([model.denied("/a"), model.denied("/a"), [...model.paths]]).toEqual([["denied"], [], ["/a"]]);
  expect(model.found("/a", at(1n, 5n))).toEqual(["added"]);
  expect([model.denied("/a"), model.missed("/a"), model.missed("/a")]).toEqual([["denied"], ["removed"], []]);
});
