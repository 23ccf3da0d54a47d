import { deleteNode, JuteReader, JuteWriter, setData } from "@conclave/protocol";
import { expect, it } from "vitest";
import { PendingOperation } from "./pending-operation.js";
import { WaitingQueue } from "./waiting-queue.js";

const removal = (path: string, signal?: AbortSignal, needsSession?: boolean) =>
  new PendingOperation({
    operation: deleteNode,
    request: { path, version: -1 },
    path,
    isWrite: true,
    signal,
    needsSession,
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

it("the waiting queue passes on what a read-only server may answer, and keeps the rest in order", () => {
  const queue = new WaitingQueue();
  const all = ["/a", "/b", "/c", "/d"].map((path, index) => removal(path, undefined, index % 2 === 0));
  for (const each of all) queue.add(each);
  const readOnly: unknown[] = [];
  const rest: unknown[] = [];
  queue.drainReadOnly((pending) => readOnly.push(pending));
  expect([readOnly, queue.size]).toEqual([[all[1], all[3]], 2]);
  queue.drain((pending) => rest.push(pending));
  expect([rest, queue.size]).toEqual([[all[0], all[2]], 0]);
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
  const cause = new Error("connection reset");
  queue.fail("SESSION_EXPIRED", cause);
  for (const each of all) {
    await expect(each.promise).rejects.toMatchObject({ code: "SESSION_EXPIRED", outcome: "not-applied", cause });
  }
});

it("the waiting queue rejects an operation that cannot be encoded, and keeps the others", async () => {
  const queue = new WaitingQueue();
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
  const good = removal("/b");
  queue.add(bad);
  queue.add(good);
  await expect(bad.promise).rejects.toMatchObject({
    code: "BAD_ARGUMENTS",
    outcome: "not-applied",
    message: "delete /a: the arguments cannot be encoded",
    cause: thrown,
  });
  const sent: unknown[] = [];
  queue.drain((pending) => sent.push(pending));
  expect(sent).toEqual([good]);
});

it("the waiting queue keeps the data from the time of the call", () => {
  const queue = new WaitingQueue();
  const data = Buffer.from("one");
  queue.add(
    new PendingOperation({
      operation: setData,
      request: { path: "/a", data, version: -1 },
      path: "/a",
      isWrite: true,
      onResponse: () => undefined,
    }),
  );
  data.write("two");
  const out = new JuteWriter();
  queue.drain((pending) => pending.write(out));
  expect(setData.readRequest(new JuteReader(out.take())).data).toEqual(new Uint8Array(Buffer.from("one")));
});
