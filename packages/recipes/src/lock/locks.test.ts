import { CreateMode, connect } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, PATIENT_SESSION } from "@conclave/vitest";
import { beforeAll, expect, it } from "vitest";
import { PATIENT_SESSION_MS } from "../../test-support/test-context.js";
import { MultiLock } from "../multi-lock/multi-lock.js";
import { Mutex } from "../mutex/mutex.js";
import { ReadWriteLock } from "../read-write-lock/read-write-lock.js";
import { Semaphore } from "../semaphore/semaphore.js";

const SEQUENTIAL = { mode: CreateMode.PERSISTENT_SEQUENTIAL };

describeOnEachEnsemble("locks", (ensemble) => {
  beforeAll(async () => {
    const zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(ensemble.root);
    await zk.close();
  });
  it("a mutex times out, reports a request for revocation, guards a transaction and is reentrant", async () => {
    const zk = await connect(ensemble.connectString() + ensemble.root, { sessionTimeoutMs: PATIENT_SESSION_MS });
    const m = new Mutex(zk, { name: "m", id: "me", reentrant: true });
    const a = await m.acquire();
    expect(await m.tryAcquire()).toBe(undefined);
    await expect(m.acquire({ timeoutMs: 50 })).rejects.toThrow("the lock m was not granted within 50 ms");
    const b = m.acquire();
    expect(await m.requestRevocation()).toBe(true);
    await eventually(() => a.revocationRequested.aborted);
    expect(a.signal.aborted).toBe(false);
    await a.guard(zk.transaction().create("/x-", null, SEQUENTIAL)).commit();
    await a.release();
    const g = await b;
    expect((await m.contenders()).map((c) => c.id)).toEqual(["me"]);
    await g.release();
    expect(await m.run((g1) => m.run((g2) => g1 === g2))).toBe(true);
    await zk.close();
  });
  it("a read-write lock admits concurrent readers, queues writers, and downgrades a writer unless another waits", async () => {
    const zk = await connect(ensemble.connectString() + ensemble.root, { sessionTimeoutMs: PATIENT_SESSION_MS });
    const l = new ReadWriteLock(zk, { name: "rw" });
    const r1 = await l.read.acquire();
    const r2 = await l.read.acquire();
    expect(await l.write.tryAcquire()).toBe(undefined);
    const w = l.write.acquire();
    await eventually(async () => (await l.write.contenders()).length === 3);
    expect(await l.read.tryAcquire()).toBe(undefined);
    await r1.release();
    await r2.release();
    const g = await w;
    const r = await g.downgrade();
    expect(r).toBeDefined();
    const r3 = await l.read.acquire();
    await r3.release();
    await r!.release();
    const g2 = await l.write.acquire();
    const g3 = l.write.acquire();
    await eventually(async () => (await l.write.contenders()).length === 2);
    expect(await g2.downgrade()).toBe(undefined);
    expect(g2.signal.aborted).toBe(false);
    await g2.release();
    await (await g3).release();
    await zk.close();
  });
  it("a semaphore grants all permits or none, in the order of the calls", async () => {
    const zk = await connect(ensemble.connectString() + ensemble.root, { sessionTimeoutMs: PATIENT_SESSION_MS });
    const s = new Semaphore(zk, { name: "s", permits: 3 });
    const a = await s.acquire({ permits: 2 });
    const b = await s.acquire();
    expect(await s.tryAcquire()).toBe(undefined);
    const c = s.acquire({ permits: 2 });
    const d = s.acquire();
    let got = false;
    void d.then(() => {
      got = true;
    });
    await eventually(async () => (await s.holders()).length === 4);
    await b.release();
    await eventually(async () => (await s.holders()).length === 4);
    expect(got).toBe(false);
    await a.release();
    await (await c).release();
    await (await d).release();
    expect(await s.holders()).toEqual([]);
    await zk.close();
  });
  it("a multi-lock holds all its locks or none, in whatever order they are listed", async () => {
    const zk = await connect(ensemble.connectString() + ensemble.root, { sessionTimeoutMs: PATIENT_SESSION_MS });
    const [a, b] = [new Mutex(zk, { name: "a" }), new Mutex(zk, { name: "b" })];
    const m = new MultiLock([b, a]);
    const n = new MultiLock([a, b]);
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        (i % 2 ? m : n).run(async (g) => {
          await g.guard(zk.transaction().create(`/mm${i}-`, null, SEQUENTIAL)).commit();
        }),
      ),
    );
    const g = await a.acquire();
    expect(await m.tryAcquire()).toBe(undefined);
    await g.release();
    await (await m.tryAcquire())!.release();
    await zk.close();
  });
});
