import { closeSession } from "@conclave/protocol";
import { expect, it } from "vitest";
import { PendingOperation } from "../requests/pending-operation.js";
import { InFlightQueue } from "./in-flight-queue.js";

const pending = (xid: number) => {
  const operation = new PendingOperation({
    operation: closeSession,
    request: undefined,
    path: undefined,
    isWrite: true,
    onResponse: () => undefined,
  });
  operation.xid = xid;
  return operation;
};

it("the in-flight queue returns operations in the order in which they were added, for random calls", () => {
  const queue = new InFlightQueue();
  let taken = 0;
  let given = 0;
  for (let i = 0; i < 20_000; i++) {
    queue.push(pending(++taken));
    // Two in, one out for a while, then the other way round.
    const out = i % 4_000 < 2_000 ? i % 2 : 2;
    for (let j = 0; j < out && queue.size > 0; j++) {
      expect(queue.peek()?.xid).toBe(++given);
      queue.shift();
    }
    expect(queue.size).toBe(taken - given);
  }
  expect(queue.clear().map(({ xid }) => xid)).toEqual(Array.from({ length: taken - given }, (_, i) => given + 1 + i));
  expect(queue.peek()).toBeUndefined();
});
