import { ErrorCode, OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { expect, it } from "vitest";
import type { Txn } from "./txn.js";
import { txnBytes } from "./txn-size.js";

/** Bytes of any transaction, and at most of a text. */
const FIXED = 128;
const text = (length: number): number => 4 + 3 * length;
/** Of one entry: permissions, `world` and `anyone`. */
const OPEN = 4 + text(5) + text(6);

it.each<[string, Txn, number]>([
  ["no data", { type: OpCode.error, err: ErrorCode.NO_NODE }, FIXED],
  ["a path", { type: OpCode.delete, path: "/ab" }, FIXED + text(3)],
  ["null data", { type: OpCode.setData, path: "/", data: null, version: 1 }, FIXED + text(1)],
  ["data", { type: OpCode.setData, path: "/", data: new Uint8Array(9), version: 1 }, FIXED + text(1) + 9],
  [
    "an ACL",
    { type: OpCode.setACL, path: "/", acl: [...OPEN_ACL_UNSAFE, ...OPEN_ACL_UNSAFE], version: 1 },
    FIXED + text(1) + 4 + 2 * OPEN,
  ],
  ["paths", { type: OpCode.closeSession, paths: ["/a", "/bc"] }, FIXED + text(2) + text(3)],
  ["no paths", { type: OpCode.closeSession, paths: null }, FIXED],
  [
    "other transactions",
    {
      type: OpCode.multi,
      txns: [
        { type: OpCode.delete, path: "/a" },
        { type: OpCode.check, path: "/b", version: 1 },
      ],
    },
    FIXED + 2 * (FIXED + text(2)),
  ],
])("a transaction with %s is counted with at least its bytes on record", (_what, txn, bytes) => {
  expect(txnBytes(txn)).toBe(bytes);
});
