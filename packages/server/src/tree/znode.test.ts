import { OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { isSessionOwner, MAX_TTL_MS, ownerOf, ttlOf } from "./znode.js";

const made = { path: "/a", data: null, acl: OPEN_ACL_UNSAFE, parentCVersion: 1 };
const plain = { ...made, type: OpCode.create } as const;
/** The id of a session of the server 129, which is negative. */
const SESSION = -0x7f00_0000_0000_0000n;

describe("the owner of a znode", () => {
  it.each([
    ["a plain znode", ownerOf({ ...plain, ephemeral: false }, SESSION), { session: false, ttl: undefined }],
    ["an ephemeral", ownerOf({ ...plain, ephemeral: true }, SESSION), { session: true, ttl: undefined }],
    ["a container", ownerOf({ ...made, type: OpCode.createContainer }, SESSION), { session: false, ttl: undefined }],
    ["a TTL node", ownerOf({ ...made, type: OpCode.createTTL, ttl: 5n }, SESSION), { session: false, ttl: 5 }],
    [
      "a TTL node with the longest TTL",
      ownerOf({ ...made, type: OpCode.createTTL, ttl: MAX_TTL_MS }, SESSION),
      { session: false, ttl: 2 ** 40 - 1 },
    ],
  ])("of %s says what kind it is", (_kind, owner, { session, ttl }) => {
    expect(isSessionOwner(owner)).toBe(session);
    expect(ttlOf(owner)).toBe(ttl);
  });

  it("is as Apache stores it", () => {
    expect(ownerOf({ ...plain, ephemeral: true }, SESSION)).toBe(SESSION);
    expect(ownerOf({ ...made, type: OpCode.createContainer }, SESSION)).toBe(-(2n ** 63n));
    expect(BigInt.asUintN(64, ownerOf({ ...made, type: OpCode.createTTL, ttl: 5n }, SESSION))).toBe(
      0xff00_0000_0000_0005n,
    );
  });
});
