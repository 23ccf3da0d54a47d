import { expect, it } from "vitest";
import { HeldLock } from "../lock/lock-grant.js";
import { OwnedPartition } from "./partition.js";

/** An owned partition and its lock; `released` counts the deletions of the lock's znode. */
const owned = () => {
  const zk: { state: "connected" | "expired" } = { state: "connected" };
  let released = 0;
  const lock = new HeldLock({
    ...{ zk, what: "the lock k", path: "/k", fencingToken: 7n, version: 0 },
    deleteZnode: async () => void released++,
  });
  return { zk, lock, partition: new OwnedPartition("k", lock), released: () => released };
};

it("a partition has the token of its lock, and is released with it", async () => {
  const { partition, lock, released } = owned();
  expect([partition.key, partition.fencingToken, partition.signal.aborted]).toEqual(["k", 7n, false]);
  await partition.release();
  expect([lock.signal.reason, released()]).toMatchObject([{ code: "RELEASED" }, 1]);
});

it("a partition that is stopped aborts its signal, and keeps its lock", () => {
  const { partition, lock } = owned();
  partition.stop();
  expect(partition.signal.reason).toMatchObject({
    ...{ name: "GrantLostError", code: "RELEASED", message: "the partition k now belongs to another member" },
  });
  expect(lock.signal.aborted).toBe(false);
});

it("a partition whose lock is lost has the reason of the lock, when it is read or stopped", () => {
  const [read, stopped] = [owned(), owned()];
  for (const { lock } of [read, stopped]) lock.end("GONE");
  stopped.partition.stop();
  for (const { partition } of [read, stopped]) expect(partition.signal.reason).toMatchObject({ code: "GONE" });
  const expired = owned();
  expired.zk.state = "expired";
  expect(expired.partition.signal.reason).toMatchObject({ code: "EXPIRED" });
});
