import { expect, it } from "vitest";
import { HeldLock, type LockGrant } from "../lock/lock-grant.js";
import { HeldWriteLock } from "./write-lock-grant.js";

/** A write lock whose attempt to read has this result; `steps` lists the releases in order. */
const writeLockOf = (tryToRead: (write: HeldWriteLock, read: LockGrant) => Promise<LockGrant | undefined>) => {
  const steps: string[] = [];
  const parametersOf = (what: string) => ({
    ...{ zk: { state: "connected" as const }, what: `the ${what} lock`, path: `/${what}`, fencingToken: 1n },
    deleteZnode: async () => void steps.push(`released ${what}`),
  });
  const read = new HeldLock(parametersOf("read"));
  const write: HeldWriteLock = new HeldWriteLock(parametersOf("write"), () => {
    steps.push("tried");
    return tryToRead(write, read);
  });
  return { write, read, steps };
};

it("a downgrade acquires the read lock, then releases the write lock, and resolves with the read lock", async () => {
  const { write, read, steps } = writeLockOf(async (held, granted) => (held.signal.aborted ? undefined : granted));
  expect(await write.downgrade()).toBe(read);
  expect([steps, write.signal.aborted, read.signal.aborted]).toEqual([["tried", "released write"], true, false]);
});

it("a downgrade keeps the write lock if the read lock is not granted", async () => {
  const { write, steps } = writeLockOf(async () => undefined);
  expect(await write.downgrade()).toBe(undefined);
  expect([steps, write.signal.aborted]).toEqual([["tried"], false]);
});

it("a downgrade of a lost write lock rejects with the reason, and does not try to read", async () => {
  const { write, steps } = writeLockOf(async (_, read) => read);
  write.end("EXPIRED");
  await expect(write.downgrade()).rejects.toMatchObject({ code: "EXPIRED" });
  expect(steps).toEqual([]);
});

it("a downgrade releases the read lock and rejects if the write lock is lost meanwhile", async () => {
  const { write, read, steps } = writeLockOf(async (held, granted) => {
    held.end("GONE");
    return granted;
  });
  await expect(write.downgrade()).rejects.toMatchObject({ code: "GONE" });
  expect([steps, read.signal.aborted]).toEqual([["tried", "released read"], true]);
});
