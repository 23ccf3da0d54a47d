import { OPEN_ACL_UNSAFE } from "@conclave/client";
import { describe, expect, it } from "vitest";
import { resolveOnSuspended, resolveRecipe } from "./recipe-options.js";

const pathOf = (name: string): string => resolveRecipe("election", "elections", { name }).path;

describe("a recipe with a name", () => {
  it.each([
    ["reports", "/conclave/elections/reports"],
    ["billing/eu", "/conclave/elections/billing%2Feu"],
    ["..", "/conclave/elections/%2E%2E"],
    [".", "/conclave/elections/%2E"],
    ["v1..", "/conclave/elections/v1.."],
    ["..v1", "/conclave/elections/..v1"],
    ["v1.2", "/conclave/elections/v1.2"],
    ["größe", "/conclave/elections/gr%C3%B6%C3%9Fe"],
    ["a\0b", "/conclave/elections/a%00b"],
  ])("has for the name %j the path %j", (name, path) => {
    expect(pathOf(name)).toBe(path);
  });

  it.each(["", "\ud800", 1 as unknown as string])("rejects the invalid name %j", (name) => {
    expect(() => pathOf(name)).toThrow(/cannot be the name of an election/);
  });
});

it.each(["", "/", "x", "/x/", "//x", "/x/../y", "/.", "/a\0", "/\udc00", ["/x"] as unknown as string])(
  "a recipe rejects %j as a path",
  (path) => {
    expect(() => resolveRecipe("lock", "locks", { path })).toThrow(/cannot be the path of a lock/);
  },
);

it("a recipe uses the path that it is given", () => {
  expect(resolveRecipe("lock", "locks", { path: "/x/..y/z." })).toMatchObject({
    label: "/x/..y/z.",
    path: "/x/..y/z.",
  });
});

it.each([{}, { name: "a", path: "/b" }])("a recipe requires exactly one of name and path: %j", (place) => {
  expect(() => resolveRecipe("lock", "locks", place as { name: string })).toThrow(
    "a lock needs either a name or a path",
  );
});

it("a recipe copies its ACL option, and has none without it", () => {
  const copy = resolveRecipe("lock", "locks", { name: "a", acl: OPEN_ACL_UNSAFE }).acl;
  expect(copy).toEqual(OPEN_ACL_UNSAFE);
  expect(copy).not.toBe(OPEN_ACL_UNSAFE);
  expect(resolveRecipe("lock", "locks", { name: "a" }).acl).toBe(undefined);
});

it("the policy onSuspended is revoke by default, and any value but revoke and keep is rejected", () => {
  expect([resolveOnSuspended(), resolveOnSuspended("keep")]).toEqual(["revoke", "keep"]);
  expect(() => resolveOnSuspended("hold" as "keep")).toThrow('onSuspended must be "revoke" or "keep", not "hold"');
});
