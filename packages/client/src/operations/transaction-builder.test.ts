import {
  CreateMode,
  ErrorCode,
  type MultiOperation,
  type MultiResult,
  OPEN_ACL_UNSAFE,
  OpCode,
} from "@conclave/protocol";
import { expect, it } from "vitest";
import { RecordedCalls } from "../../test-support/recorded-calls.js";
import { stat as statOfZnode } from "../../test-support/sample-replies.js";
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

/** A transaction of a client with the chroot "/app", and the requests that it sends. */
const started = () => {
  const server = new RecordedCalls("/app");
  const { chroot, submit } = server.context;
  const builder = new TransactionBuilder(chroot, submit);
  return { server, builder, transaction: builder as unknown as Transaction };
};

it("a transaction expects any version if none is given", async () => {
  const { transaction, sent } = answered([]);
  await transaction.setData("/a", null).delete("/b").check("/c").commit();
  expect(sent).toMatchObject([{ version: -1 }, { version: -1 }, { version: -1 }]);
});

it("a transaction keeps the data of setData from the time when it was added", async () => {
  const { transaction, sent } = answered([]);
  const scratch = Buffer.from("one");
  transaction.setData("/a", scratch);
  scratch.write("two");
  await transaction.commit();
  expect(sent).toMatchObject([{ data: Buffer.from("one") }]);
});

it("a lost transaction may have been applied", async () => {
  const { server, transaction } = started();
  const committed = transaction.delete("/a").commit();
  const request = [{ type: OpCode.delete, path: "/app/a", version: -1 }];
  expect(server.calls).toEqual([{ operation: "multi", request, path: undefined, isWrite: true }]);
  server.lose("CONNECTION_LOSS");
  await expect(committed).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "unknown" });
});

it("a transaction whose signal has aborted is not sent", async () => {
  const { server, transaction } = started();
  const signal = AbortSignal.abort();
  await expect(transaction.delete("/a").commit({ signal })).rejects.toMatchObject({ code: "ABORTED" });
  expect(server.calls).toEqual([]);
});

it("create2 returns the path and the Stat of the created znode, if the server sends one", async () => {
  const { server, transaction } = started();
  const committed = transaction.create("/a").create2("/b").create2("/c").commit();
  server.answer([
    { type: OpCode.create, path: "/app/a" },
    { type: OpCode.create2, path: "/app/b", stat: { ...statOfZnode, version: 4 } },
    { type: OpCode.create, path: "/app/c" },
  ]);
  const created = { path: "/b", stat: { ...statOfZnode, version: 4 } };
  expect(await committed).toEqual(["/a", created, { path: "/c", stat: undefined }]);
});

it.each<[string, (builder: TransactionBuilder) => TransactionBuilder]>([
  ['create "a": invalid path: it does not start with "/"', (each) => each.create("a")],
  ['create2 "a": invalid path: it does not start with "/"', (each) => each.create2("a")],
  ['setData "a": invalid path: it does not start with "/"', (each) => each.setData("a", null)],
  ['setData "/a": the data must be a string, bytes or null', (each) => each.setData("/a", 7 as never)],
  ['delete "/a": 0.5 is not a valid version', (each) => each.delete("/a", 0.5)],
  ['check "/a": 0.5 is not a valid version', (each) => each.check("/a", 0.5)],
])("a transaction with an invalid write is not sent: %s", async (message, add) => {
  const { server, builder } = started();
  const committed = add(builder.delete("/first")).create("later, and invalid too").delete("/last").commit();
  await expect(committed).rejects.toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied", message });
  expect(server.calls).toEqual([]);
});

it("a transaction is committed once, and takes no writes afterwards", async () => {
  const { server, transaction } = started();
  const committed = transaction.delete("/a").commit();
  transaction.delete("/late").create2("/late");
  const again = { code: "BAD_ARGUMENTS", outcome: "not-applied", message: "transaction: already committed" };
  await expect(transaction.commit()).rejects.toMatchObject(again);
  expect(server.calls.map(({ request }) => (request as unknown[]).length)).toEqual([1]);
  server.answer([{ type: OpCode.delete }]);
  expect(await committed).toEqual([]);
});

it("a transaction rejects with an error to which it has no write", async () => {
  const { server, transaction } = started();
  const committed = transaction.delete("/a").commit();
  server.answer([{ type: OpCode.delete }, { type: OpCode.error, err: ErrorCode.SYSTEM_ERROR }]);
  const message = "transaction, operation: SYSTEM_ERROR (-1)";
  await expect(committed).rejects.toMatchObject({ code: "SYSTEM_ERROR", path: undefined, message });
});
