import { expect, it } from "vitest";
import { acquireAll } from "./acquire-all.js";
import { HeldGrant } from "./held-grant.js";

/** Acquirers with these names whose calls the test settles, and the grants that they have given. */
const acquirersOf = (...all: string[]) => {
  const calls: { readonly name: string; readonly signal: AbortSignal }[] = [];
  const released: string[] = [];
  let settle: { resolve(grant: HeldGrant | undefined): void; reject(error: Error): void } | undefined;
  const acquirer = (name: string) => (signal: AbortSignal) => {
    calls.push({ name, signal });
    return new Promise<HeldGrant | undefined>((resolve, reject) => {
      settle = { resolve, reject };
      signal.addEventListener("abort", () => reject(new Error("aborted")));
    });
  };
  const grant = async (): Promise<HeldGrant> => {
    const path = `/${calls.at(-1)!.name}`;
    const deleteZnode = async (): Promise<void> => void released.push(path);
    const held = new HeldGrant({ zk: { state: "connected" }, what: path, path, fencingToken: 1n, deleteZnode });
    settle!.resolve(held);
    await allPromises();
    return held;
  };
  return {
    ...{ acquirers: all.map(acquirer), calls, released, grant },
    names: () => calls.map(({ name }) => name).join(),
    refuse: () => settle!.resolve(undefined),
    fail: (error: Error) => settle!.reject(error),
  };
};

const allPromises = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

it("acquireAll acquires each grant after the one before it, and resolves with all of them", async () => {
  const { acquirers, names, grant, calls } = acquirersOf("a", "b");
  const acquiring = acquireAll(acquirers);
  expect(names()).toBe("a");
  const first = await grant();
  expect([names(), calls[1]!.signal.aborted]).toEqual(["a,b", false]);
  const second = await grant();
  expect((await acquiring)?.grants).toEqual([first, second]);
});

it("acquireAll aborts the pending wait when an earlier grant is lost, and acquires that one again", async () => {
  const { acquirers, names, grant, calls, released } = acquirersOf("a", "b");
  const acquiring = acquireAll(acquirers);
  (await grant()).end("GONE");
  await allPromises();
  expect([names(), calls[1]!.signal.aborted, released]).toEqual(["a,b,a", true, ["/a"]]);
  const again = await grant();
  const last = await grant();
  expect([names(), (await acquiring)?.grants]).toEqual(["a,b,a,b", [again, last]]);
});

it("acquireAll releases a grant that is acquired while an earlier one is lost", async () => {
  const { acquirers, names, grant, released } = acquirersOf("a", "b");
  void acquireAll(acquirers);
  const first = await grant();
  const second = grant();
  first.end("GONE");
  await second;
  expect([names(), released]).toEqual(["a,b,a", ["/b", "/a"]]);
});

it("acquireAll keeps the grants before a lost one, and releases those after it", async () => {
  const { acquirers, names, grant, released } = acquirersOf("a", "b", "c", "d");
  void acquireAll(acquirers);
  const [first, second] = [await grant(), await grant()];
  await grant();
  second.end("GONE");
  await allPromises();
  expect([names(), released, first.signal.aborted]).toEqual(["a,b,c,d,b", ["/c", "/b"], false]);
});

it("acquireAll aborts the pending wait when the caller's signal aborts", async () => {
  const { acquirers, grant, calls, released } = acquirersOf("a", "b");
  const caller = new AbortController();
  const acquiring = acquireAll(acquirers, caller.signal);
  await grant();
  caller.abort();
  expect(calls[1]!.signal.aborted).toBe(true);
  await expect(acquiring).rejects.toThrow("aborted");
  expect(released).toEqual(["/a"]);
});

it("acquireAll resolves with undefined, holding nothing, when one of the acquirers does", async () => {
  const { acquirers, grant, refuse, released } = acquirersOf("a", "b");
  const acquiring = acquireAll(acquirers);
  await grant();
  refuse();
  expect([await acquiring, released]).toEqual([undefined, ["/a"]]);
});

it("acquireAll rejects with the error of an acquirer, holding nothing", async () => {
  const { acquirers, grant, fail, released } = acquirersOf("a", "b");
  const acquiring = acquireAll(acquirers);
  await grant();
  fail(new Error("no auth"));
  await expect(acquiring).rejects.toThrow("no auth");
  expect(released).toEqual(["/a"]);
});

it("acquireAll rejects when the caller's signal aborts, also if a grant is lost at the same time", async () => {
  const { acquirers, grant, names, calls, released } = acquirersOf("a", "b");
  const caller = new AbortController();
  const acquiring = acquireAll(acquirers, caller.signal);
  const first = await grant();
  first.end("GONE");
  caller.abort();
  expect(calls[1]!.signal.aborted).toBe(true);
  await expect(acquiring).rejects.toThrow("aborted");
  expect([names(), released]).toEqual(["a,b", ["/a"]]);
});
