import { OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { expect, it } from "vitest";
import { ChangedZnodes } from "./changed-znodes.js";
import { PendingZnode } from "./pending-znode.js";

function nodeOf(path: string): PendingZnode {
  const header = { clientId: 1n, cxid: 1, zxid: 1n, time: 1, type: OpCode.create };
  const data = new Uint8Array(0);
  const txn = { type: OpCode.create, path, data, acl: OPEN_ACL_UNSAFE, ephemeral: false, parentCVersion: 1 };
  return PendingZnode.createdBy(header, txn);
}

it("changed znodes of different paths with equal hashes are kept apart", () => {
  const changed = new ChangedZnodes();
  const [a, b, c] = [nodeOf("/a"), nodeOf("/b"), nodeOf("/c")];
  changed.set("/a", -7, a);
  changed.set("/b", -7, b);
  changed.set("/c", 8, c);
  expect([changed.get("/a", -7), changed.get("/b", -7), changed.get("/c", 8)]).toEqual([a, b, c]);
  expect(changed.get("/d", -7)).toBeUndefined();
  expect(changed.get("/d", 9)).toBeUndefined();
});

it("the last change of a path replaces the earlier ones", () => {
  const changed = new ChangedZnodes();
  const again = nodeOf("/a");
  changed.set("/a", 1, nodeOf("/a"));
  changed.set("/b", 1, null);
  changed.set("/a", 1, null);
  expect(changed.get("/a", 1)).toBeNull();
  changed.set("/a", 1, again);
  expect(Object.fromEntries(changed)).toEqual({ "/a": again, "/b": null });
});
