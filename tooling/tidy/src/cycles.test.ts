import { expect, it } from "vitest";
import { cyclesOf } from "./cycles.ts";

function graph(text: string): Map<string, string[]> {
  return new Map(text.split(" ").map((part) => [part[0] ?? "", [...part.slice(1)]]));
}

it("finds nothing where all arrows point one way", () => {
  expect(cyclesOf(graph("abc bd cd d"))).toEqual([]);
});

it("reports each knot once, by a shortest cycle through its first node", () => {
  expect(cyclesOf(graph("ab bcd ca da exy x yz zy"))).toEqual([
    ["a", "b", "c"],
    ["y", "z"],
  ]);
});

it("does not take a node that only leads to a knot for a part of it", () => {
  expect(cyclesOf(graph("ab bc cb"))).toEqual([["b", "c"]]);
});

it("sees a node that points at itself", () => {
  expect(cyclesOf(graph("aa"))).toEqual([["a"]]);
});
