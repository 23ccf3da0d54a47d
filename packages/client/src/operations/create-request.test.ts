import { CreateMode, create, create2, OPEN_ACL_UNSAFE, Permission } from "@conclave/protocol";
import { expect, it } from "vitest";
import { Chroot } from "../paths/chroot.js";
import { createOperation, createRequest } from "./create-request.js";

const chroot = new Chroot("/app");

it("a znode is created by default as persistent, open to everyone, and without a time to live", () => {
  expect(createRequest("create", "/a", "text", {}, chroot)).toEqual({
    path: "/app/a",
    data: Buffer.from("text"),
    acl: OPEN_ACL_UNSAFE,
    flags: CreateMode.PERSISTENT,
    ttl: 0n,
  });
});

it("a znode is created with the given mode, ACL and time to live", () => {
  const acl = [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }];
  const options = { mode: CreateMode.PERSISTENT_WITH_TTL, acl, ttlMs: 5 };
  expect(createRequest("create", "/a", null, options, chroot)).toEqual({
    path: "/app/a",
    data: null,
    acl,
    flags: CreateMode.PERSISTENT_WITH_TTL,
    ttl: 5n,
  });
});

it("a sequential znode at the root of the chroot has a name of digits only", () => {
  const at = (mode: CreateMode) => createRequest("create", "/", null, { mode }, chroot);
  expect(at(CreateMode.EPHEMERAL_SEQUENTIAL)).toMatchObject({ path: "/app/" });
  expect(at(CreateMode.EPHEMERAL)).toMatchObject({ path: "/app" });
});

it("invalid arguments are returned as an error of the operation", () => {
  expect(createRequest("create2", "a", null, {}, chroot)).toMatchObject({
    code: "BAD_ARGUMENTS",
    message: 'create2 "a": invalid path: it does not start with "/"',
  });
});

it.each([
  [CreateMode.PERSISTENT, "create"],
  [CreateMode.EPHEMERAL_SEQUENTIAL, "create"],
  [CreateMode.CONTAINER, "createContainer"],
  [CreateMode.PERSISTENT_WITH_TTL, "createTTL"],
  [CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL, "createTTL"],
])("the mode %i is sent as %s", (mode, name) => {
  expect(createOperation(mode, create).name).toBe(name);
  expect(createOperation<{ readonly path: string }>(mode, create2).name).toBe(name === "create" ? "create2" : name);
});
