import { expect, it } from "vitest";
import { ShardedMap } from "./sharded-map.js";

const paths = [
  "",
  "/",
  "/a",
  "/ab",
  "/abc",
  "/a/b",
  "/é€",
  ...Array.from({ length: 200 }, (_, index) => `/n-${index}`),
];

it("holds a value for each path, whatever its last characters are, and counts them", () => {
  const map = new ShardedMap<number>();
  for (const [index, path] of paths.entries()) map.set(path, index);
  expect(map.size).toBe(paths.length);
  for (const [index, path] of paths.entries()) expect(map.get(path)).toBe(index);
  expect(new Map(map)).toEqual(new Map(paths.map((path, index) => [path, index])));
  expect(map.get("/none")).toBeUndefined();
});

it("replaces the value of a path, and removes paths that it has", () => {
  const map = new ShardedMap<string>();
  map.set("/a", "first");
  map.set("/a", "second");
  expect([map.get("/a"), map.size]).toEqual(["second", 1]);
  map.delete("/none");
  expect(map.size).toBe(1);
  map.delete("/a");
  map.delete("/a");
  expect([map.get("/a"), map.size, [...map]]).toEqual([undefined, 0, []]);
});
