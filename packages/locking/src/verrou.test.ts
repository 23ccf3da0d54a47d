import assert from "node:assert/strict";
import LockProvider from "@adonisjs/lock/lock_provider";
import { connect, type ZooKeeper } from "@conclave/client";
import { GrantLostError, Mutex } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeReplicas } from "@conclave/verification/replicas";
import { E_LOCK_NOT_OWNED, E_LOCK_STORAGE_ERROR, Verrou } from "@verrou/core";
import { registerStoreTestSuite } from "@verrou/core/test_suite";
import { afterAll, describe, expect, it } from "vitest";
import type { OwnedLocksOptions } from "./index.js";
import { type ConclaveStore, conclaveStore } from "./verrou.js";

/** Tests of Verrou that fail where a lock is released a moment late; the tests below wait for it. */
const TIMED: ReadonlySet<string> = new Set([
  "exists returns false if lock is expired",
  "able to acquire a lock that is expired",
  "extend extends the lock ttl",
]);

/** The functions of Japa, the test framework of Verrou, that its suite uses. */
const japaAssert = {
  isTrue: (value: unknown) => assert.equal(value, true),
  isFalse: (value: unknown) => assert.equal(value, false),
  isString: (value: unknown) => assert.equal(typeof value, "string"),
  equal: assert.equal,
  deepEqual: assert.deepEqual,
  rejects: (run: () => Promise<unknown>, message: string) => assert.rejects(run, new RegExp(message)),
};

describeReplicas("conclaveStore", (replicas) => {
  /** Returns the driver of a replica, and its Verrou. */
  const verrou = (options: OwnedLocksOptions) => {
    const driver = conclaveStore(options);
    return { store: driver.factory(), verrou: new Verrou({ default: "conclave", stores: { conclave: { driver } } }) };
  };
  const replica = async (options: Partial<OwnedLocksOptions> = {}) =>
    verrou({ client: await replicas.client(), ...options });

  describe("in the suite of @verrou/core for stores", { concurrent: true }, () => {
    const clients: ZooKeeper[] = [];
    afterAll(() => Promise.all(clients.map((client) => client.close())));

    /** Returns a store with a chroot of its own: all tests use the lock "foo". */
    const createStore = (): ConclaveStore => {
      const client = async (): Promise<ZooKeeper> => {
        const parent = await connect(replicas.connectString());
        clients.push(parent);
        const chroot = await parent.create(`/${replicas.newName()}`);
        const connected = await connect(replicas.connectString() + chroot, { sessionTimeoutMs: 40_000 });
        clients.push(connected);
        return connected;
      };
      return conclaveStore({ client }).factory();
    };

    const test = (title: string, run: (context: { assert: typeof japaAssert }) => Promise<void>) => {
      let rejected: readonly [message: string, type: abstract new () => Error] | undefined;
      const check = async (): Promise<void> => {
        if (rejected === undefined) return run({ assert: japaAssert });
        const [message, type] = rejected;
        await expect(run({ assert: japaAssert })).rejects.toSatisfy(
          (error: unknown) => error instanceof type && error.message === message,
        );
      };
      if (!TIMED.has(title)) it(title, check);
      return {
        throws: (...expected: NonNullable<typeof rejected>) => {
          rejected = expected;
        },
      };
    };
    registerStoreTestSuite({ test: test as never, createStore });
  });

  it("runs one of two replicas at a time, under a token that grows", async () => {
    const name = replicas.newName();
    const tokens: bigint[] = [];
    let running = 0;
    const runs = [await replica(), await replica()].map(({ store, verrou }) => {
      const lock = verrou.createLock(name);
      return lock.run(async () => {
        expect(++running).toBe(1);
        tokens.push(store.grantOf(lock.serialize())?.fencingToken ?? 0n);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
      });
    });
    await Promise.all(runs);
    expect(tokens).toHaveLength(2);
    expect(tokens[1]).toBeGreaterThan(tokens[0] ?? 0n);
  });

  it("serves the lock service of AdonisJS", async () => {
    const driver = conclaveStore({ client: () => replicas.client() });
    const config = { default: "conclave", stores: { conclave: { driver } } };
    let makeService: (() => Promise<Verrou<typeof config.stores>>) | undefined;
    const container = {
      singleton: (_name: string, make: typeof makeService) => {
        makeService = make;
      },
    };
    new LockProvider({ container, config: { get: () => config } } as never).register();
    const service = await makeService?.();
    const lock = service?.createLock(replicas.newName());
    const held = await lock?.run(async () => driver.factory().grantOf(lock.serialize())?.signal.aborted);
    expect(held).toEqual([true, false]);
  });

  it("releases a lock when its time to live has passed, and tells its holder", async () => {
    const name = replicas.newName();
    const [first, second] = [await replica(), await replica()];
    const lock = first.verrou.createLock(name, 100_000);
    expect(await lock.acquireImmediately()).toBe(true);
    const grant = first.store.grantOf(lock.serialize());
    await lock.extend(20);
    await eventually(async () => !(await second.verrou.createLock(name).isLocked()));
    expect(grant?.signal.reason).toMatchObject({ code: "RELEASED" });
    expect(first.store.grantOf(lock.serialize())).toBeUndefined();
    await expect(lock.release()).rejects.toThrow(E_LOCK_NOT_OWNED);
    await expect(lock.extend(20)).rejects.toThrow(E_LOCK_NOT_OWNED);
  });

  it("extends a lock beyond its first time to live, and keeps one without a limit", async () => {
    const [extended, unlimited, short] = [replicas.newName(), replicas.newName(), replicas.newName()];
    const { store } = await replica();
    expect(await store.save(extended, "me", 20)).toBe(true);
    await store.extend(extended, "me", 10 * 2 ** 31);
    expect(await store.save(unlimited, "me", null)).toBe(true);
    expect(await store.save(short, "me", 20)).toBe(true);
    await eventually(async () => !(await store.exists(short)));
    expect([await store.exists(extended), await store.exists(unlimited)]).toEqual([true, true]);
  });

  it("tells the holder that its session has expired, and lets another replica have the lock", async () => {
    const name = replicas.newName();
    const unstable = await replicas.unstable();
    const [first, second] = [verrou({ client: unstable.client, onSuspended: "keep" }), await replica()];
    const [lock, next] = [first.verrou.createLock(name, null), second.verrou.createLock(name)];
    await lock.acquire();
    const grant = first.store.grantOf(lock.serialize());
    expect(await next.acquireImmediately()).toBe(false);
    await unstable.expire();
    await next.acquire({ retry: { delay: 10 } });
    await eventually(() => grant?.signal.aborted);
    expect(grant?.signal.reason).toBeInstanceOf(GrantLostError);
    expect(grant?.signal.reason).toMatchObject({ code: "EXPIRED" });
    await expect(lock.release()).rejects.toThrow(E_LOCK_NOT_OWNED);
    expect(second.store.grantOf(next.serialize())?.fencingToken).toBeGreaterThan(grant?.fencingToken ?? 0n);
  });

  it("releases a lock of another process, for its owner or by force, and tells its holder", async () => {
    const [first, second] = [await replica(), await replica()];
    for (const release of ["release", "forceRelease"] as const) {
      const name = replicas.newName();
      const lock = first.verrou.createLock(name, null);
      await lock.acquire();
      const grant = first.store.grantOf(lock.serialize());
      await expect(second.verrou.createLock(name).release()).rejects.toThrow(E_LOCK_NOT_OWNED);
      await second.verrou.restoreLock(lock.serialize())[release]();
      expect(await first.verrou.createLock(name).isLocked()).toBe(false);
      await eventually(() => grant?.signal.aborted);
      expect(grant?.signal.reason).toMatchObject({ code: "GONE" });
      await second.verrou.createLock(name).forceRelease();
    }
  });

  it("refuses a lock that a Mutex of the same name holds", async () => {
    const name = replicas.newName();
    const { verrou } = await replica();
    await using grant = await new Mutex(await replicas.client(), { name }).acquire();
    expect(await verrou.createLock(name).acquireImmediately()).toBe(false);
    await grant.release();
    expect(await verrou.createLock(name).acquireImmediately()).toBe(true);
  });

  it("releases all locks at once when the client is closed", async () => {
    const name = replicas.newName();
    const client = await replicas.client();
    const [first, second] = [verrou({ client }), await replica()];
    await first.verrou.createLock(name).acquire();
    await client.close();
    expect(await second.verrou.createLock(name).acquireImmediately()).toBe(true);
  });

  it("rejects requests while the ensemble cannot be reached, and connects again after a failure", async () => {
    const name = replicas.newName();
    const unstable = await replicas.unstable();
    const { verrou: cut } = verrou({ client: unstable.client, timeoutMs: 50 });
    await unstable.cut();
    const lock = cut.createLock(name);
    await expect(lock.acquire()).rejects.toThrow(E_LOCK_STORAGE_ERROR);
    await expect(lock.isLocked()).rejects.toThrow(`could not read the lock "${name}": no answer within 50 ms`);

    let attempts = 0;
    const { verrou: lazy } = verrou({
      client: () => (attempts++ === 0 ? Promise.reject(new Error("no ensemble")) : replicas.client()),
    });
    await expect(lazy.createLock(name).acquire()).rejects.toThrow(`could not acquire the lock "${name}": no ensemble`);
    const lazyLock = lazy.createLock(replicas.newName());
    await lazyLock.acquire();
    await lazyLock.release();
    expect(attempts).toBe(2);
  });

  it("explains what is wrong with its options, and with the name of a lock", async () => {
    const client = await replicas.client();
    const options = (wrong: object): unknown => conclaveStore({ client, ...wrong } as OwnedLocksOptions);
    expect(() => options({ client: "127.0.0.1:2181" })).toThrow("conclaveStore needs the option client");
    expect(() => options({ timeoutMs: -1 })).toThrow("timeoutMs must be more than 0 milliseconds, not -1");
    expect(() => options({ onSuspended: "stop" })).toThrow('onSuspended must be "revoke" or "keep", not "stop"');
    const { verrou } = await replica();
    await expect(verrou.createLock("").acquire()).rejects.toThrow('"" cannot be the name of a mutex');
  });
});
