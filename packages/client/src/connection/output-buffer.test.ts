import { deleteNode, FrameDecoder, JuteReader } from "@conclave/protocol";
import { expect, it } from "vitest";
import type { Sent } from "../requests/pending.js";
import { PendingOperation } from "../requests/pending-operation.js";
import { OutputBuffer } from "./output-buffer.js";

const removal = (xid: number, path: string, signal?: AbortSignal): PendingOperation<unknown, unknown, undefined> => {
  const pending = new PendingOperation({
    operation: deleteNode,
    request: { path, version: -1 },
    path,
    isWrite: true,
    signal,
    onResponse: () => undefined,
  });
  pending.promise.catch(() => {});
  pending.xid = xid;
  return pending as unknown as PendingOperation<unknown, unknown, undefined>;
};

const xidsIn = (bytes: Uint8Array): number[] => {
  const xids: number[] = [];
  new FrameDecoder({ maxFrameBytes: 1_000_000 }).push(bytes, (frame, start, end) => {
    xids.push(new JuteReader(frame, start, end).readInt());
  });
  return xids;
};

it("the output buffer returns all frames of a tick at once, in order", () => {
  const buffer = new OutputBuffer(() => {});
  buffer.append(removal(1, "/a"), 1_000);
  buffer.appendFrame((out) => out.writeInt(-2));
  buffer.append(removal(2, "/b"), 1_000);
  const sent: Sent[] = [];
  expect(xidsIn(buffer.take((pending) => sent.push(pending)))).toEqual([1, -2, 2]);
  expect(sent.map(({ xid }) => xid)).toEqual([1, 2]);
  expect(xidsIn(buffer.take(() => {}))).toEqual([]);
});

it("the output buffer removes operations that were aborted in the same tick", async () => {
  const buffer = new OutputBuffer(() => {});
  const controllers = Array.from({ length: 5 }, () => new AbortController());
  const all = controllers.map(({ signal }, i) => removal(i, `/${"x".repeat(i)}y`, signal));
  for (const pending of all) buffer.append(pending, 1_000);
  buffer.appendFrame((out) => out.writeInt(-2));
  for (const i of [0, 2, 3]) controllers[i]?.abort();
  const sent: Sent[] = [];
  expect(xidsIn(buffer.take((pending) => sent.push(pending)))).toEqual([1, 4, -2]);
  expect(sent.map(({ xid }) => xid)).toEqual([1, 4]);
  await expect(all[3]?.promise).rejects.toMatchObject({ code: "ABORTED", outcome: "not-applied" });
});

it("the output buffer returns bytes that later frames do not overwrite", () => {
  const buffer = new OutputBuffer(() => {});
  buffer.append(removal(1, "/a"), 1_000);
  const first = buffer.take(() => {});
  buffer.append(removal(2, "/b"), 1_000);
  buffer.take(() => {});
  expect(xidsIn(first)).toEqual([1]);
});

it("the output buffer rejects only requests that are longer than the limit", async () => {
  const buffer = new OutputBuffer(() => {});
  const long = removal(2, `/${"x".repeat(100)}`);
  buffer.append(removal(1, "/a"), 100);
  buffer.append(long, 100);
  buffer.append(removal(3, "/c"), 100);
  await expect(long.promise).rejects.toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied" });
  expect(xidsIn(buffer.take(() => {}))).toEqual([1, 3]);
});

it("the output buffer rejects only operations that cannot be encoded", async () => {
  const buffer = new OutputBuffer(() => {});
  const bad = new PendingOperation({
    operation: {
      ...deleteNode,
      writeRequest: (out) => {
        out.writeInt(1);
        throw new Error("no");
      },
    },
    request: { path: "/a", version: -1 },
    path: "/a",
    isWrite: true,
    onResponse: () => undefined,
  });
  buffer.append(bad, 100);
  const good = removal(2, "/b");
  buffer.append(good, 100);
  await expect(bad.promise).rejects.toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied", path: "/a" });
  expect(xidsIn(buffer.take(() => {}))).toEqual([2]);
});

it("the output buffer accepts a request of exactly the longest length, also after others", async () => {
  const buffer = new OutputBuffer(() => {});
  // A delete of "/aa" has 4 bytes for each of xid, type, length and version, and those of the path.
  const [first, longest, long] = [removal(1, "/a"), removal(2, "/aa"), removal(3, "/aaa")];
  for (const each of [first, longest, long]) buffer.append(each, 19);
  await expect(long.promise).rejects.toMatchObject({
    message: "delete /aaa: the request has 20 bytes, more than maxRequestBytes (19)",
  });
  expect(xidsIn(buffer.take(() => {}))).toEqual([1, 2]);
});

it("the output buffer names the cause if an operation cannot be encoded", async () => {
  const buffer = new OutputBuffer(() => {});
  const thrown = new Error("no number");
  const bad = new PendingOperation({
    operation: {
      ...deleteNode,
      writeRequest: () => {
        throw thrown;
      },
    },
    request: { path: "/a", version: -1 },
    path: "/a",
    isWrite: true,
    onResponse: () => undefined,
  });
  buffer.append(bad, 100);
  await expect(bad.promise).rejects.toMatchObject({
    message: "delete /a: the arguments cannot be encoded",
    cause: thrown,
  });
});

it("the output buffer asks once for the flush of all frames of a tick, and again for the next ones", async () => {
  let flushes = 0;
  const buffer = new OutputBuffer(() => {
    flushes += 1;
  });
  for (let round = 1; round <= 2; round++) {
    buffer.append(removal(1, "/a"), 1_000);
    buffer.appendFrame((out) => out.writeInt(-2));
    buffer.append(removal(2, "/b"), 1_000);
    expect(flushes).toBe(round - 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(flushes).toBe(round);
  }
});

it("the output buffer asks for a flush after a frame of no operation", async () => {
  let flushes = 0;
  const buffer = new OutputBuffer(() => {
    flushes += 1;
  });
  buffer.appendFrame((out) => out.writeInt(-2));
  await new Promise((resolve) => setImmediate(resolve));
  expect(flushes).toBe(1);
});

it("the output buffer returns its operations in order when it is cleared, and sends none of them", () => {
  const buffer = new OutputBuffer(() => {});
  const all = [removal(1, "/a"), removal(2, "/b")];
  for (const each of all) buffer.append(each, 1_000);
  expect(buffer.clear()).toEqual(all);
  expect([buffer.clear(), xidsIn(buffer.take(() => {}))]).toEqual([[], []]);
});

it("the output buffer writes the xid, the type and the body of an operation", () => {
  const buffer = new OutputBuffer(() => {});
  const pending = removal(7, "/a");
  buffer.append(pending, 1_000);
  const bytes = buffer.take(() => {});
  const input = new JuteReader(bytes);
  expect([input.readInt(), input.readInt(), input.readInt()]).toEqual([bytes.length - 4, 7, deleteNode.type]);
  expect(deleteNode.readRequest(input)).toEqual({ path: "/a", version: -1 });
});
