import { eventually } from "@conclave/testing";
import { describeReplicas } from "@conclave/verification/replicas";
import * as medusaLocking from "@medusajs/locking/dist/services/locking-module.js";
import { expect, it } from "vitest";
import type { OwnedLocksOptions } from "./index.js";
import type { LockingArguments } from "./medusa.js";
import provider, { ConclaveLockingProvider, LockConflictError } from "./medusa.js";

/** The methods of Medusa's locking module. */
interface LockingModule {
  execute<T>(keys: string | string[], job: (signal?: AbortSignal) => Promise<T>, args?: LockingArguments): Promise<T>;
  acquire(keys: string | string[], args?: LockingArguments): Promise<void>;
  release(keys: string | string[], args?: LockingArguments): Promise<boolean>;
  releaseAll(args?: LockingArguments): Promise<void>;
}

/** Returns Medusa's own locking module with our provider, made as Medusa makes it; the whole Medusa is too large to install. */
function lockingModule(options: OwnedLocksOptions): LockingModule {
  const cradle: Record<string, unknown> = {};
  const container = {
    register: (registrations: Record<string, { readonly resolve: () => unknown }>) => {
      for (const [name, { resolve }] of Object.entries(registrations)) cradle[name] = resolve();
    },
  };
  for (const load of provider.loaders) load({ container, options });
  const [registered] = provider.services.map((Provider) => new Provider(cradle as never));
  const lockingProviderService = { retrieveProviderRegistration: () => registered };
  const { default: Service } = medusaLocking as unknown as {
    default: { default?: new (container: object) => LockingModule };
  };
  const LockingModuleService = Service.default ?? (Service as unknown as new (container: object) => LockingModule);
  return new LockingModuleService({ lockingProviderService, default_provider: "locking-conclave" });
}

describeReplicas("ConclaveLockingProvider", (replicas) => {
  const replica = async (options: Partial<OwnedLocksOptions> = {}): Promise<LockingModule> =>
    lockingModule({ client: await replicas.client(), ...options });

  it("runs one job at a time, on any of its keys, in two replicas", async () => {
    const [a, b, c] = [replicas.newName(), replicas.newName(), replicas.newName()];
    let running = 0;
    const job = async (): Promise<number> => {
      expect(++running).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      return running--;
    };
    const [first, second] = [await replica(), await replica()];
    const args = { timeout: 60 };
    const results = [
      first.execute([a, b], job, args),
      second.execute([b, a, b], job, args),
      first.execute(b, job, args),
    ];
    expect(await Promise.all(results)).toEqual([1, 1, 1]);
    expect(await second.execute([b, c], job)).toBe(1);
  });

  it("releases the keys of a job that failed, and gives up after the timeout", async () => {
    const key = replicas.newName();
    const [first, second] = [await replica(), await replica()];
    await expect(first.execute(key, () => Promise.reject(new Error("no stock")))).rejects.toThrow("no stock");
    await second.acquire(key, { ownerId: "me" });
    const error = await first
      .execute(key, () => Promise.resolve(), { timeout: 0.01 })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LockConflictError);
    expect(error).toMatchObject({ type: "conflict", message: `the lock for "${key}" was not free within 0.01 s` });
  });

  it("tells a job that the session has expired, lets another replica have the key, and rejects the result", async () => {
    const key = replicas.newName();
    const unstable = await replicas.unstable();
    const [first, second] = [lockingModule({ client: unstable.client, onSuspended: "keep" }), await replica()];
    let signal: AbortSignal | undefined;
    const executing = first.execute(key, async (given) => {
      signal = given;
      await eventually(() => given?.aborted);
    });
    executing.catch(() => {});
    await eventually(() => signal);
    await unstable.expire();
    await second.execute(key, () => Promise.resolve(), { timeout: 60 });
    await expect(executing).rejects.toThrow(`the lock for "${key}" was lost while the job was running`);
    expect(signal?.reason).toMatchObject({ code: "EXPIRED" });
  });

  it("acquires keys for an owner, all or none, and again for the same owner", async () => {
    const [a, b] = [replicas.newName(), replicas.newName()];
    const [first, second] = [await replica(), await replica()];
    await first.acquire(b, { ownerId: "me" });
    await expect(second.acquire([a, b], { ownerId: "you" })).rejects.toThrow(`the lock for "${b}" is held`);
    await second.acquire([a, b], { ownerId: "me" });
    await first.acquire([a, b], { ownerId: "me", expire: 100 });
    await expect(first.acquire(a)).rejects.toThrow(LockConflictError);
    expect(await second.release(a, { ownerId: "you" })).toBe(false);
    // In another process than the one that acquired it, too.
    expect(await second.release([a, b], { ownerId: "me" })).toBe(true);
    expect(await second.release(b, { ownerId: "me" })).toBe(false);
    await second.acquire([a, b]);
    await expect(second.acquire(a)).rejects.toThrow(LockConflictError);
    expect(await first.release([a, b])).toBe(true);
  });

  it("releases keys when their time has passed", async () => {
    const key = replicas.newName();
    const [first, second] = [await replica(), await replica()];
    await first.acquire(key, { ownerId: "me", expire: 100 });
    await first.acquire(key, { ownerId: "me", expire: 0.01 });
    await eventually(async () => {
      await second.acquire(key, { ownerId: "you" });
      return true;
    });
    expect(await first.release(key, { ownerId: "me" })).toBe(false);
  });

  it("releases all keys of one owner in this process", async () => {
    const [a, b, c] = [replicas.newName(), replicas.newName(), replicas.newName()];
    const [first, second] = [await replica(), await replica()];
    await first.acquire([a, b], { ownerId: "me" });
    await first.acquire(c);
    await first.releaseAll({ ownerId: "me" });
    await second.acquire([a, b], { ownerId: "you" });
    await expect(second.acquire(c, { ownerId: "you" })).rejects.toThrow(LockConflictError);
    await first.releaseAll();
    await second.acquire(c, { ownerId: "you" });
  });

  it("releases all keys at once when the client is closed", async () => {
    const key = replicas.newName();
    const client = await replicas.client();
    await lockingModule({ client }).acquire(key, { ownerId: "me" });
    await client.close();
    await (await replica()).acquire(key, { ownerId: "you" });
  });

  it("explains what is wrong with its options", () => {
    expect(ConclaveLockingProvider.identifier).toBe("locking-conclave");
    expect(() => lockingModule({} as OwnedLocksOptions)).toThrow(
      "the locking provider of Conclave needs the option client: an open client, or a function",
    );
    expect(() => lockingModule(undefined as never)).toThrow("needs the option client");
  });
});
