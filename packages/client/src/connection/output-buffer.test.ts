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
  expect(buffer.isEmpty).toBe(true);
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
