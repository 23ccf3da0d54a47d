import { deleteNode } from "@conclave/protocol";
import { expect, it } from "vitest";
import { PendingOperation } from "./pending-operation.js";
import { WaitingQueue } from "./waiting-queue.js";

const removal = (path: string, signal?: AbortSignal) =>
  new PendingOperation({
    operation: deleteNode,
    request: { path, version: -1 },
    path,
    isWrite: true,
    signal,
    onResponse: () => undefined,
  });

it("the waiting queue passes on operations in the order of the calls", () => {
  const queue = new WaitingQueue();
  const all = ["/a", "/b", "/c"].map((path) => removal(path));
  for (const each of all) queue.add(each);
  const sent: unknown[] = [];
  queue.drain((pending) => sent.push(pending));
  expect(sent).toEqual(all);
  expect(queue.size).toBe(0);
});

it("the waiting queue drops an aborted operation as never sent", async () => {
  const queue = new WaitingQueue();
  const controller = new AbortController();
  const pending = removal("/a", controller.signal);
  queue.add(pending);
  controller.abort();
  expect(queue.size).toBe(0);
  await expect(pending.promise).rejects.toMatchObject({ code: "ABORTED", outcome: "not-applied" });
});

it("the waiting queue does not add an operation that was aborted before", async () => {
  const queue = new WaitingQueue();
  const pending = removal("/a", AbortSignal.abort());
  queue.add(pending);
  expect(queue.size).toBe(0);
  await expect(pending.promise).rejects.toMatchObject({ code: "ABORTED", outcome: "not-applied" });
});

it("the waiting queue rejects all operations as never sent", async () => {
  const queue = new WaitingQueue();
  const all = [removal("/a"), removal("/b")];
  for (const each of all) queue.add(each);
  queue.fail("SESSION_EXPIRED");
  for (const each of all) {
    await expect(each.promise).rejects.toMatchObject({ code: "SESSION_EXPIRED", outcome: "not-applied" });
  }
});
