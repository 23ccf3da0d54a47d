import {
  CreateMode,
  ErrorCode,
  type MultiOperation,
  type MultiResult,
  OPEN_ACL_UNSAFE,
  OpCode,
} from "@conclave/protocol";
import { expect, it } from "vitest";
import type { Transaction } from "../api/transaction.js";
import { Chroot } from "../paths/chroot.js";
import type { Submit } from "./operation-context.js";
import { TransactionBuilder } from "./transaction-builder.js";

/** A transaction that is answered with `results`, and its request. */
const answered = (results: readonly MultiResult[]) => {
  const sent: MultiOperation[] = [];
  const submit: Submit = async (call) => {
    sent.push(...(call.request as unknown as MultiOperation[]));
    return call.onResponse(results as never);
  };
  const transaction = new TransactionBuilder(new Chroot("/app"), submit) as unknown as Transaction;
  return { transaction, sent };
};
const stat = { version: 4 } as Extract<MultiResult, { type: typeof OpCode.setData }>["stat"];

it("a transaction sends every write under the chroot, a version of 0 as 0", async () => {
  const { transaction, sent } = answered([]);
  await transaction
    .create("/a", "x")
    .create("/b-", null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL })
    .setData("/c", "y", 0)
    .delete("/d", 0)
    .check("/", 0)
    .check("/e")
    .create("/f", null, { mode: CreateMode.CONTAINER })
    .create("/g", null, { mode: CreateMode.PERSISTENT_WITH_TTL, ttlMs: 5 })
    .create2("/h")
    .commit();
  expect(sent).toMatchObject([
    { type: OpCode.create, path: "/app/a", data: Buffer.from("x"), acl: OPEN_ACL_UNSAFE, flags: 0 },
    { type: OpCode.create, path: "/app/b-", data: null, acl: OPEN_ACL_UNSAFE, flags: 3 },
    { type: OpCode.setData, path: "/app/c", data: Buffer.from("y"), version: 0 },
    { type: OpCode.delete, path: "/app/d", version: 0 },
    { type: OpCode.check, path: "/app", version: 0 },
    { type: OpCode.check, path: "/app/e", version: -1 },
    { type: OpCode.createContainer, path: "/app/f", flags: 4 },
    { type: OpCode.createTTL, path: "/app/g", flags: 5, ttl: 5n },
    { type: OpCode.create2, path: "/app/h", flags: 0 },
  ]);
});

it("a transaction keeps the data from the time when a write was added", async () => {
  const { transaction, sent } = answered([]);
  const scratch = Buffer.from("one");
  transaction.create("/a", scratch);
  scratch.write("two");
  await transaction.commit();
  expect(sent).toMatchObject([{ data: Buffer.from("one") }]);
});

it("a transaction returns the results of the writes that have one, in order", async () => {
  const { transaction } = answered([
    { type: OpCode.delete },
    { type: OpCode.create, path: "/app/a0000000001" },
    { type: OpCode.check },
    { type: OpCode.setData, stat },
  ]);
  const results = await transaction.delete("/x").create("/a").check("/y").setData("/z", null).commit();
  expect(results).toEqual(["/a0000000001", stat]);
  const [path, changed] = results;
  expect(path.length + changed.version).toBe(16);
});

it("a transaction rejects with the first failed write and the caller's path", async () => {
  const { transaction } = answered([
    { type: OpCode.error, err: ErrorCode.OK },
    { type: OpCode.error, err: ErrorCode.BAD_VERSION },
    { type: OpCode.error, err: ErrorCode.RUNTIME_INCONSISTENCY },
  ]);
  await expect(transaction.create("/a").check("/b", 3).delete("/c").commit()).rejects.toMatchObject({
    code: "BAD_VERSION",
    path: "/b",
    outcome: "rejected",
    message: "transaction, check /b: BAD_VERSION (-103)",
  });
});
