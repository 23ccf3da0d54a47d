import { getEventListeners } from "node:events";
import { ZkError } from "@conclave/client";
import { expect, it } from "vitest";
import type { AcquireOptions } from "../grant/acquire-options.js";
import { withoutWaiting } from "./without-waiting.js";

/** A wait that reads a queue with this number of waiters ahead: it is granted at once, or rejects with `ABORTED`. */
const waitBehind =
  (before: number) =>
  async ({ signal, onPosition }: AcquireOptions): Promise<string> => {
    onPosition?.(before);
    if (before === 0 && signal?.aborted !== true) return "granted";
    throw aborted(signal);
  };
const aborted = (signal: AbortSignal | undefined): ZkError =>
  new ZkError("ABORTED", "aborted by the caller", { outcome: "not-applied", cause: signal?.reason });

it("an attempt is granted if no waiter is ahead, and otherwise resolves with undefined", async () => {
  expect(await withoutWaiting({}, waitBehind(0))).toBe("granted");
  expect(await withoutWaiting({}, waitBehind(1))).toBe(undefined);
});

it("an attempt rejects with the error of a request, also if a waiter is ahead", async () => {
  const failed = new ZkError("NO_AUTH", "not allowed", { outcome: "rejected" });
  for (const before of [0, 1]) {
    const attempt = withoutWaiting({}, async ({ onPosition }) => {
      onPosition?.(before);
      throw failed;
    });
    await expect(attempt).rejects.toBe(failed);
  }
});

it("an attempt whose signal aborts rejects with the error of the wait, which gets the reason", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  const attempt = withoutWaiting({ signal: stop.signal }, async ({ signal }) => {
    stop.abort(reason);
    throw aborted(signal);
  });
  await expect(attempt).rejects.toMatchObject({ code: "ABORTED", cause: reason });
  await expect(withoutWaiting({ signal: AbortSignal.abort(reason) }, waitBehind(0))).rejects.toMatchObject({
    cause: reason,
  });
});

it("an attempt leaves no listener on its signal", async () => {
  const { signal } = new AbortController();
  await withoutWaiting({ signal }, waitBehind(0));
  await withoutWaiting({ signal }, waitBehind(1));
  await withoutWaiting({ signal }, () => Promise.reject(new Error("no disk"))).catch(() => {});
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
