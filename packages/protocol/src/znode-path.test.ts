import { describe, expect, test } from "vitest";
import paths from "../golden/paths-3.8.0.json" with { type: "json" };
import { invalidPathReason, nodeName, parentPath } from "./znode-path.js";

const unescaped = (text: string): string => JSON.parse(`"${text}"`);

describe("invalidPathReason", () => {
  test("accepts the paths that Java's PathUtils accepts", () => {
    expect(paths.valid.length).toBeGreaterThan(500);
    expect(paths.valid.map(unescaped).filter((path) => invalidPathReason(path) !== undefined)).toStrictEqual([]);
  });

  test("rejects the paths that Java's PathUtils rejects", () => {
    expect(paths.invalid.length).toBeGreaterThan(500);
    expect(paths.invalid.map(unescaped).filter((path) => invalidPathReason(path) === undefined)).toStrictEqual([]);
  });

  test.each([
    ["", "it is empty"],
    ["a", 'it does not start with "/"'],
    ["/a/", 'it ends with "/"'],
    ["/a//b", "it has an empty component at index 3"],
    ["/./a", 'it has a "." component'],
    ["/a/..", 'it has a ".." component'],
    ["/a\u0000", "it has the character U+0000 at index 2"],
    ["/\u{1f600}", "it has the character U+D83D at index 1"],
  ])("says of %j that %s", (path, reason) => {
    expect(invalidPathReason(path)).toBe(reason);
  });
});

test.each([
  ["/", "", ""],
  ["/a", "/", "a"],
  ["/a/b", "/a", "b"],
  ["/a/b/c d", "/a/b", "c d"],
])("%s has the parent %j and the name %j", (path, parent, name) => {
  expect(parentPath(path)).toBe(parent);
  expect(nodeName(path)).toBe(name);
});
