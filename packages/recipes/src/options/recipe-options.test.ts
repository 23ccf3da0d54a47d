import { describe, expect, it } from "vitest";
import { resolveOnSuspended, resolveRecipe } from "./recipe-options.js";

const pathOf = (name: string): string => resolveRecipe("election", "elections", { name }).path;

describe("the path of a name", () => {
  it.each([
    ["reports", "/conclave/elections/reports"],
    ["billing/eu", "/conclave/elections/billing%2Feu"],
    ["..", "/conclave/elections/%2E%2E"],
    ["v1.2", "/conclave/elections/v1.2"],
    ["größe", "/conclave/elections/gr%C3%B6%C3%9Fe"],
    ["a\0b", "/conclave/elections/a%00b"],
  ])("of %j is %j", (name, path) => {
    expect(pathOf(name)).toBe(path);
  });

  it.each(["", "\ud800"])("is refused for %j", (name) => {
    expect(() => pathOf(name)).toThrow(/cannot be the name of an election/);
  });
});

it.each(["", "/", "x", "/x/", "//x", "/x/../y", "/.", "/a\0", "/\udc00"])("refuses %j as a path", (path) => {
  expect(() => resolveRecipe("lock", "locks", { path })).toThrow(/cannot be the path of a lock/);
});

it("takes an absolute path as it is", () => {
  expect(resolveRecipe("lock", "locks", { path: "/x/..y/z." })).toMatchObject({
    label: "/x/..y/z.",
    path: "/x/..y/z.",
  });
});

it.each([{}, { name: "a", path: "/b" }])("wants one of name and path: %j", (place) => {
  expect(() => resolveRecipe("lock", "locks", place as { name: string })).toThrow(
    "a lock needs either a name or a path",
  );
});

it("keeps a copy of the ACL", () => {
  const acl: [] = [];
  expect(resolveRecipe("lock", "locks", { name: "a", acl }).acl).not.toBe(acl);
});

it("revokes by default, and takes no other word for a policy", () => {
  expect(resolveOnSuspended()).toBe("revoke");
  expect(() => resolveOnSuspended("hold" as "keep")).toThrow('onSuspended must be "revoke" or "keep", not "hold"');
});
