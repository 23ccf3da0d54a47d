import { getEventListeners } from "node:events";
import { create, ErrorCode, exists, JuteReader, JuteWriter, OPEN_ACL_UNSAFE, ProtocolError } from "@conclave/protocol";
import { expect, it } from "vitest";
import { ZkError } from "../api/zk-error.js";
import { type Call, PendingOperation } from "./pending-operation.js";

type CreateCall = Call<Parameters<typeof create.writeRequest>[1], { readonly path: string }, string>;

const creation = (more: Partial<CreateCall> = {}) =>
  new PendingOperation({
    operation: create,
    request: { path: "/a", data: null, acl: OPEN_ACL_UNSAFE, flags: 0 },
    path: "/a",
    isWrite: true,
    onResponse: ({ path }: { readonly path: string }) => path,
    ...more,
  });
const reading = () =>
  new PendingOperation({
    operation: exists,
    request: { path: "/a", watch: false },
    path: "/a",
    isWrite: false,
    onResponse: ({ stat }) => stat.version,
    onAbsent: () => -7,
  });
const reply = (path: string): JuteReader => {
  const out = new JuteWriter();
  out.writeString(path);
  return new JuteReader(out.take());
};

it("an operation resolves with the converted answer", async () => {
  const pending = creation();
  pending.resolveFrom(reply("/a1"));
  expect(await pending.promise).toBe("/a1");
});

it.each([
  ["a write that was sent", creation, 5, "unknown"],
  ["a write that was not sent", creation, -1, "not-applied"],
  ["a read that was sent", reading, 5, "not-applied"],
  ["a read that was not sent", reading, -1, "not-applied"],
] as const)("%s and lost has the outcome that is true", async (_name, make, sentAtMs, outcome) => {
  const pending = make();
  pending.sentAtMs = sentAtMs;
  const cause = new Error("connection reset");
  pending.failWith("CONNECTION_LOSS", cause);
  await expect(pending.promise).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome, path: "/a", cause });
});

it("an operation settles once", async () => {
  const controller = new AbortController();
  const pending = creation({ signal: controller.signal });
  pending.resolveFrom(reply("/first"));
  pending.resolveFrom(reply("/second"));
  pending.rejectWith(ErrorCode.NODE_EXISTS);
  pending.failWith("CLOSED");
  pending.reject("no");
  controller.abort();
  expect(await pending.promise).toBe("/first");
});

it("an operation rejects at once when it is aborted, and ignores the answer", async () => {
  const controller = new AbortController();
  const pending = creation({ signal: controller.signal });
  pending.sentAtMs = 5;
  controller.abort(new Error("enough"));
  expect(pending.settled).toBe(true);
  // A malformed body does not matter once the operation is settled.
  pending.resolveFrom(new JuteReader(new Uint8Array(1)));
  await expect(pending.promise).rejects.toMatchObject({
    code: "ABORTED",
    outcome: "unknown",
    path: "/a",
    message: "create /a: aborted by the caller",
    cause: new Error("enough"),
  });
});

it.each([
  ["CONNECTION_LOSS", -1, "create /a: the connection was lost before it was sent"],
  ["CONNECTION_LOSS", 5, "create /a: the connection was lost before the answer"],
  ["SESSION_EXPIRED", 5, "create /a: the session has expired before the answer"],
  ["CLOSED", -1, "create /a: the client is closed before it was sent"],
] as const)("%s of an operation sent at %i has the message: %s", async (code, sentAtMs, message) => {
  const pending = creation();
  pending.sentAtMs = sentAtMs;
  pending.failWith(code);
  await expect(pending.promise).rejects.toMatchObject({ code, message });
});

it("an error names the operation alone if it has no path", async () => {
  const pending = creation({ path: undefined });
  pending.failWith("CLOSED");
  await expect(pending.promise).rejects.toMatchObject({ message: "create: the client is closed before it was sent" });
});

it("an operation that cannot be sent is rejected with the reason, as not applied", async () => {
  const pending = creation();
  pending.sentAtMs = 5;
  const cause = new Error("not a number");
  pending.reject("the arguments cannot be encoded", cause);
  await expect(pending.promise).rejects.toMatchObject({
    code: "BAD_ARGUMENTS",
    outcome: "not-applied",
    path: "/a",
    message: "create /a: the arguments cannot be encoded",
    cause,
  });
});

it("the server's error names the operation and the path, and ends with the advice", async () => {
  const pending = creation();
  pending.rejectWith(ErrorCode.UNIMPLEMENTED, "needs ZooKeeper 3.6");
  await expect(pending.promise).rejects.toMatchObject({
    path: "/a",
    message: "create /a: UNIMPLEMENTED (-6): needs ZooKeeper 3.6",
  });
});

it("an operation that was aborted does not use the result for NO_NODE, which would leave a watch", async () => {
  const controller = new AbortController();
  let uses = 0;
  const pending = creation({
    signal: controller.signal,
    onAbsent: () => {
      uses += 1;
      return "";
    },
  });
  controller.abort();
  pending.rejectWith(ErrorCode.NO_NODE);
  await expect(pending.promise).rejects.toMatchObject({ code: "ABORTED" });
  expect(uses).toBe(0);
});

it("an operation that uses the result for NO_NODE is settled", () => {
  const { signal } = new AbortController();
  const pending = creation({ signal, onAbsent: () => "" });
  pending.rejectWith(ErrorCode.NO_NODE);
  expect([pending.settled, getEventListeners(signal, "abort")]).toEqual([true, []]);
});

it("an operation that is not frozen is written with its data from the time of the writing", () => {
  const data = Buffer.from("one");
  const pending = creation({ request: { path: "/a", data, acl: OPEN_ACL_UNSAFE, flags: 0 } });
  data.write("two");
  const out = new JuteWriter();
  pending.write(out);
  expect(create.readRequest(new JuteReader(out.take())).data).toEqual(new Uint8Array(Buffer.from("two")));
});

it("an operation has the type of its request and the xid that the protocol reserves for it", () => {
  const [plain, reserved] = [creation(), creation({ reservedXid: -8 })];
  expect([plain.type, plain.reservedXid, reserved.reservedXid]).toEqual([create.type, undefined, -8]);
  expect([plain.settled, plain.sentAtMs]).toEqual([false, -1]);
});

it("an operation is never sent if it was aborted before", async () => {
  const pending = creation({ signal: AbortSignal.abort() });
  expect(pending.settled).toBe(true);
  await expect(pending.promise).rejects.toMatchObject({ code: "ABORTED", outcome: "not-applied" });
});

it("an operation reports a result code that the client does not know", async () => {
  const pending = creation();
  pending.rejectWith(-999);
  await expect(pending.promise).rejects.toMatchObject({ code: "UNKNOWN_CODE", errno: -999, outcome: "rejected" });
});

it("an operation converts NO_NODE, and no other code, to a result if the call has one", async () => {
  const absent = reading();
  absent.rejectWith(ErrorCode.NO_NODE);
  expect(await absent.promise).toBe(-7);
  const forbidden = reading();
  forbidden.rejectWith(ErrorCode.NO_AUTH);
  await expect(forbidden.promise).rejects.toMatchObject({ code: "NO_AUTH", outcome: "rejected" });
  const without = creation();
  without.rejectWith(ErrorCode.NO_NODE);
  await expect(without.promise).rejects.toMatchObject({ code: "NO_NODE", outcome: "rejected" });
});

it("an operation is rejected with the error from the answer", async () => {
  const error = new ZkError("BAD_VERSION", "one of several", { outcome: "rejected" });
  const pending = creation({
    onResponse: () => {
      throw error;
    },
  });
  pending.resolveFrom(reply("/a"));
  await expect(pending.promise).rejects.toBe(error);
});

it("an operation throws on a malformed answer, and stays pending", async () => {
  const pending = creation();
  pending.sentAtMs = 5;
  expect(() => pending.resolveFrom(new JuteReader(new Uint8Array(2)))).toThrow(ProtocolError);
  expect(pending.settled).toBe(false);
  pending.failWith("CONNECTION_LOSS");
  await expect(pending.promise).rejects.toMatchObject({ outcome: "unknown" });
});

it("an operation keeps the bytes from the time when it was frozen", () => {
  const data = Buffer.from("one");
  const pending = creation({ request: { path: "/a", data, acl: OPEN_ACL_UNSAFE, flags: 0 } });
  pending.freeze();
  data.fill(0);
  const out = new JuteWriter();
  pending.write(out);
  expect(create.readRequest(new JuteReader(out.take())).data).toEqual(new Uint8Array(Buffer.from("one")));
});

it("an operation with a reply that is too long names the option to raise; a write may have been applied", async () => {
  const [write, read] = [creation(), reading()];
  write.rejectTooLong(2_000, 1_000);
  read.rejectTooLong(2_000, 1_000);
  const reason = "the reply has 2000 bytes, more than maxReplyBytes (1000); raise maxReplyBytes to read it";
  const error = { code: "REPLY_TOO_LARGE", path: "/a" };
  await expect(write.promise).rejects.toMatchObject({ ...error, outcome: "unknown", message: `create /a: ${reason}` });
  await expect(read.promise).rejects.toMatchObject({ ...error, outcome: "rejected", message: `exists /a: ${reason}` });
});

it("a settled operation leaves no listener on the caller's signal", async () => {
  const { signal } = new AbortController();
  const [resolved, rejected] = [creation({ signal }), creation({ signal })];
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  resolved.resolveFrom(reply("/a1"));
  rejected.rejectWith(ErrorCode.NODE_EXISTS);
  expect(getEventListeners(signal, "abort")).toEqual([]);
  await expect(rejected.promise).rejects.toMatchObject({ code: "NODE_EXISTS" });
});
