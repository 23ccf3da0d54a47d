import { expect, it } from "vitest";
import { RecordedCalls } from "../../test-support/recorded-calls.js";
import { getAllChildrenNumber, getEphemerals } from "./tree-operations.js";

it("getAllChildrenNumber returns the number for the path under the chroot", async () => {
  const server = new RecordedCalls("/app");
  const counted = getAllChildrenNumber(server.context, "/a", {});
  expect(server.calls).toEqual([
    { operation: "getAllChildrenNumber", request: { path: "/app/a" }, path: "/a", isWrite: false },
  ]);
  server.answer({ totalNumber: 7 });
  expect(await counted).toBe(7);
});

it("getEphemerals asks for all paths below the chroot, or for those with a prefix, and returns the caller's paths", async () => {
  const server = new RecordedCalls("/app");
  const [all, some] = [getEphemerals(server.context, {}), getEphemerals(server.context, { prefix: "/a" })];
  expect(server.calls).toEqual([
    { operation: "getEphemerals", request: { prefixPath: "/app/" }, path: "/", isWrite: false },
    { operation: "getEphemerals", request: { prefixPath: "/app/a" }, path: "/a", isWrite: false },
  ]);
  server.answer({ ephemerals: ["/app/a/1", "/app/b"] });
  server.answer({ ephemerals: [] });
  expect([await all, await some]).toEqual([["/a/1", "/b"], []]);
});

it.each([
  ["a path that is not absolute", "a", 'getAllChildrenNumber "a": invalid path: it does not start with "/"'],
  ["an empty path", "", 'getAllChildrenNumber "": invalid path: it is empty'],
])("getAllChildrenNumber rejects %s", async (_name, path, message) => {
  const server = new RecordedCalls();
  const rejected = { code: "BAD_ARGUMENTS", outcome: "not-applied", path, message };
  await expect(getAllChildrenNumber(server.context, path, {})).rejects.toMatchObject(rejected);
  expect(server.calls).toEqual([]);
});

it.each([
  ["a prefix that does not begin with a slash", "a/"],
  ["a prefix that is not a string", 7 as never],
])("getEphemerals rejects %s", async (_name, prefix) => {
  const server = new RecordedCalls();
  await expect(getEphemerals(server.context, { prefix })).rejects.toMatchObject({
    code: "BAD_ARGUMENTS",
    outcome: "not-applied",
    message: `getEphemerals "${prefix}": the prefix must begin with "/"`,
  });
  expect(server.calls).toEqual([]);
});
