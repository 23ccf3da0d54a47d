import { ErrorCode, OPEN_ACL_UNSAFE } from "@conclave/protocol";
import { expect, it } from "vitest";
import { RecordedCalls } from "../../test-support/recorded-calls.js";
import { stat } from "../../test-support/sample-replies.js";
import { getACL, setACL } from "./acl-operations.js";

it("getACL reads the list and the Stat of the path under the chroot", async () => {
  const server = new RecordedCalls("/app");
  const read = getACL(server.context, "/a", {});
  expect(server.calls).toEqual([{ operation: "getACL", request: { path: "/app/a" }, path: "/a", isWrite: false }]);
  server.answer({ acl: OPEN_ACL_UNSAFE, stat });
  expect(await read).toEqual({ acl: OPEN_ACL_UNSAFE, stat });
});

it("setACL writes the list for any version, or for the given one, and returns the Stat", async () => {
  const server = new RecordedCalls("/app");
  const written = setACL(server.context, "/a", OPEN_ACL_UNSAFE, {});
  const second = setACL(server.context, "/a", [], { version: 0 });
  const request = { path: "/app/a", acl: OPEN_ACL_UNSAFE, version: -1 };
  expect(server.calls).toEqual([
    { operation: "setACL", request, path: "/a", isWrite: true },
    { operation: "setACL", request: { path: "/app/a", acl: [], version: 0 }, path: "/a", isWrite: true },
  ]);
  server.answer({ stat });
  server.refuse(ErrorCode.BAD_VERSION);
  expect(await written).toEqual(stat);
  await expect(second).rejects.toMatchObject({ code: "BAD_VERSION", path: "/a" });
});

it.each([
  ["getACL", 'getACL "a": invalid path: it does not start with "/"', "a", 0, []],
  ["setACL", 'setACL "a": invalid path: it does not start with "/"', "a", 0, []],
  ["setACL", 'setACL "/a": 0.5 is not a valid version', "/a", 0.5, []],
  ["setACL", 'setACL "/a": the ACL is not an array', "/a", 0, "world:anyone"],
] as const)("%s with invalid arguments is not sent: %s", async (name, message, path, version, acl) => {
  const server = new RecordedCalls();
  const { context } = server;
  const call = name === "getACL" ? getACL(context, path, {}) : setACL(context, path, acl as [], { version });
  await expect(call).rejects.toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied", path, message });
  expect(server.calls).toEqual([]);
});
