import {
  ErrorCode,
  getData,
  JuteReader,
  JuteWriter,
  type MultiReadResult,
  multiRead,
  OpCode,
  ProtocolError,
} from "@conclave/protocol";
import { expect, it } from "vitest";
import { stat } from "../../test-support/sample-replies.js";
import { copyOf } from "../operations/znode-bytes.js";
import { PendingOperation } from "../requests/pending-operation.js";
import { ReadBatch } from "./read-batch.js";
import { ReadBatching } from "./read-batching.js";

const reading = (path: string, signal?: AbortSignal) => {
  const pending = new PendingOperation({
    operation: getData,
    request: { path, watch: false },
    path,
    isWrite: false,
    signal,
    onResponse: ({ data }) => copyOf(data)?.toString() ?? null,
  });
  pending.promise.catch(() => {});
  return pending;
};
type Reading = ReturnType<typeof reading>;
const batchOf = (members: readonly Reading[]): ReadBatch =>
  new ReadBatch(7, members, new ReadBatching({ maxRequestBytes: 1_000, maxReplyBytes: 100_000 }));
const found = (data: string | null): MultiReadResult => ({
  type: OpCode.getData,
  data: data === null ? null : Buffer.from(data),
  stat,
});
const failed = (err: number): MultiReadResult => ({ type: OpCode.error, err });
const reply = (results: readonly MultiReadResult[]): Uint8Array => {
  const out = new JuteWriter();
  multiRead.writeResponse(out, results);
  return out.take();
};
const outcomes = (members: readonly Reading[]) => Promise.allSettled(members.map(({ promise }) => promise));

it("a batch of reads gives each read its own result or error, and distinguishes null from empty", async () => {
  const members = ["/a", "/b", "/c", "/d", "/e"].map((path) => reading(path));
  const results = [found("a"), failed(ErrorCode.NO_NODE), found(null), found(""), failed(ErrorCode.NO_AUTH)];
  batchOf(members).resolveFrom(new JuteReader(reply(results)));
  expect(await outcomes(members)).toMatchObject([
    { value: "a" },
    { reason: { code: "NO_NODE", outcome: "rejected", path: "/b", message: "getData /b: NO_NODE (-101)" } },
    { value: null },
    { value: "" },
    { reason: { code: "NO_AUTH", path: "/e" } },
  ]);
});

it("a batch of reads skips the result of a read that was aborted in flight", async () => {
  const controller = new AbortController();
  const members = [reading("/a"), reading("/b", controller.signal), reading("/c")];
  const batch = batchOf(members);
  controller.abort();
  batch.resolveFrom(new JuteReader(reply([found("a"), found("long, and not wanted"), found("c")])));
  expect(await outcomes(members)).toMatchObject([{ value: "a" }, { reason: { code: "ABORTED" } }, { value: "c" }]);
});

it.each<[string, (right: Uint8Array) => Uint8Array]>([
  ["cut off", (right) => right.subarray(0, right.length - 3)],
  ["with a result too few", () => reply([found("a"), found("b")])],
  ["with a result too many", () => reply([found("a"), found("b"), found("c"), found("d")])],
  ["with a result of another kind", () => reply([found("a"), { type: OpCode.getChildren, children: [] }, found("c")])],
  ["that is empty", () => new Uint8Array()],
])(
  "a batch of reads throws for a reply %s, and the reads that it did not settle fail with the connection",
  async (_name, garble) => {
    const members = ["/a", "/b", "/c"].map((path) => reading(path));
    const batch = batchOf(members);
    batch.sentAtMs = 5;
    const garbled = garble(reply([found("a"), found("b"), found("c")]));
    expect(() => batch.resolveFrom(new JuteReader(garbled))).toThrow(ProtocolError);
    batch.failWith("CONNECTION_LOSS");
    for (const result of await outcomes(members)) {
      if (result.status === "fulfilled") expect(["a", "b", "c"]).toContain(result.value);
      else expect(result.reason).toMatchObject({ code: "CONNECTION_LOSS", outcome: "not-applied" });
    }
  },
);

it("a batch of reads that is lost or rejected fails each read with an error of its own", async () => {
  const [lost, refused] = [
    [reading("/a"), reading("/b")],
    [reading("/c"), reading("/d")],
  ] as const;
  const cause = new Error("connection reset");
  const batch = batchOf(lost);
  batch.sentAtMs = 5;
  batch.failWith("SESSION_EXPIRED", cause);
  batchOf(refused).rejectWith(ErrorCode.AUTH_FAILED);
  expect(await outcomes([...lost, ...refused])).toMatchObject([
    { reason: { code: "SESSION_EXPIRED", outcome: "not-applied", path: "/a", cause } },
    { reason: { code: "SESSION_EXPIRED", outcome: "not-applied", path: "/b", cause } },
    { reason: { code: "AUTH_FAILED", outcome: "rejected", path: "/c", message: "getData /c: AUTH_FAILED (-115)" } },
    { reason: { code: "AUTH_FAILED", outcome: "rejected", path: "/d" } },
  ]);
});

it("a batch of reads names the option to change if the server does not support multiRead", async () => {
  const members = [reading("/a"), reading("/b")];
  batchOf(members).rejectWith(ErrorCode.UNIMPLEMENTED);
  for (const { promise } of members) {
    await expect(promise).rejects.toMatchObject({
      code: "UNIMPLEMENTED",
      outcome: "rejected",
      message: expect.stringMatching(/needs ZooKeeper 3\.6: connect without batchReads$/),
    });
  }
});

it("a batch of reads sets the send time of each read", () => {
  const members = [reading("/a"), reading("/b")];
  batchOf(members).sentAtMs = 5;
  expect(members.map(({ sentAtMs }) => sentAtMs)).toEqual([5, 5]);
});

it("a batch of reads reports the sizes of its results, so that reads after large ones are sent alone", () => {
  const batching = new ReadBatching({ maxRequestBytes: 100_000, maxReplyBytes: 100_000 });
  batching.note(80);
  const members = [reading("/a"), reading("/b")];
  new ReadBatch(7, members, batching).resolveFrom(new JuteReader(reply([found("x".repeat(40_000)), found("")])));
  expect(batching.maxReads).toBe(1);
});

it("a batch of reads with a reply that is too long rejects each read", async () => {
  const members = [reading("/a"), reading("/b")];
  batchOf(members).rejectTooLong(2_000, 1_000);
  for (const { reason } of (await outcomes(members)) as PromiseRejectedResult[]) {
    expect(reason).toMatchObject({ code: "REPLY_TOO_LARGE", outcome: "rejected" });
  }
});

it("a batch of reads has the time at which it was sent", () => {
  const batch = batchOf([reading("/a")]);
  batch.sentAtMs = 5;
  expect([batch.sentAtMs, batch.xid, batch.type]).toEqual([5, 7, OpCode.multiRead]);
});

it("a batch of reads says what is malformed in a reply", () => {
  const resolve =
    (...results: MultiReadResult[]) =>
    () =>
      batchOf([reading("/a")]).resolveFrom(new JuteReader(reply(results)));
  const children: MultiReadResult = { type: OpCode.getChildren, children: [] };
  const malformed = (message: string) => expect.objectContaining({ reason: "malformed", message });
  expect(resolve(children)).toThrow(malformed("a multiRead answers a getData with a result of type 8"));
  expect(resolve(found("a"), found("b"))).toThrow(malformed("a multiRead has more results than reads"));
});

it("a batch of reads measures each result without what precedes it in the reply", () => {
  const batching = new ReadBatching({ maxRequestBytes: 100_000, maxReplyBytes: 100_000 });
  // With its length and its Stat this has 6553 bytes, of which ten fit into 64 KiB.
  new ReadBatch(7, [reading("/a")], batching).resolveFrom(new JuteReader(reply([found("x".repeat(6_553 - 72))])));
  expect(batching.maxReads).toBe(10);
});

it("a batch of reads rejects only the results whose replies would be too long alone", async () => {
  const batching = new ReadBatching({ maxRequestBytes: 1_000, maxReplyBytes: 1_000 });
  const members = [reading("/a"), reading("/b")];
  // The header of a reply, the length and the Stat take 88 bytes.
  const results = [found("x".repeat(1_000 - 88)), found("x".repeat(1_001 - 88))];
  new ReadBatch(7, members, batching).resolveFrom(new JuteReader(reply(results)));
  expect(await outcomes(members)).toMatchObject([
    { value: "x".repeat(1_000 - 88) },
    { reason: { code: "REPLY_TOO_LARGE", path: "/b" } },
  ]);
});

it("a batch of reads reports that the server does not know it, and no other error", async () => {
  let refusals = 0;
  const support = { ask: () => {}, refused: () => void refusals++ };
  const batching = new ReadBatching({ maxRequestBytes: 1_000, maxReplyBytes: 1_000 }, support);
  const members = [reading("/a"), reading("/b")];
  const batch = new ReadBatch(7, members, batching);
  batch.rejectWith(ErrorCode.UNIMPLEMENTED);
  expect([refusals, members.map(({ settled }) => settled)]).toEqual([1, [false, false]]);
  batch.rejectWith(ErrorCode.AUTH_FAILED);
  expect(refusals).toBe(1);
  expect(await outcomes(members)).toMatchObject([{ reason: { code: "AUTH_FAILED" } }, { reason: { path: "/b" } }]);
});
