import { expect, it } from "vitest";
import { acquireAll } from "./acquire-all.js";
import { HeldGrant } from "./held-grant.js";

/** Two acquirers whose calls the test settles, and the grants that they have given. */
const twoAcquirers = () => {
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
    ...{ acquirers: [acquirer("a"), acquirer("b")], calls, released, grant },
    names: () => calls.map(({ name }) => name).join(),
    refuse: () => settle!.resolve(undefined),
    fail: (error: Error) => settle!.reject(error),
  };
};

const allPromises = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

it("acquireAll acquires each grant after the one before it, and resolves with all of them", async () => {
  const { acquirers, names, grant, calls } = twoAcquirers();
  const acquiring = acquireAll(acquirers);
  expect(names()).toBe("a");
  const first = await grant();
  expect([names(), calls[1]!.signal.aborted]).toEqual(["a,b", false]);
  const second = await grant();
  expect((await acquiring)?.grants).toEqual([first, second]);
});

it("acquireAll aborts the pending wait when an earlier grant is lost, and acquires that one again", async () => {
  const { acquirers, names, grant, calls, released } = twoAcquirers();
  const acquiring = acquireAll(acquirers);
  (await grant()).end("GONE");
  await allPromises();
  expect([names(), calls[1]!.signal.aborted, released]).toEqual(["a,b,a", true, ["/a"]]);
  const again = await grant();
  const last = await grant();
  expect([names(), (await acquiring)?.grants]).toEqual(["a,b,a,b", [again, last]]);
});

it("acquireAll releases a grant that is acquired while an earlier one is lost", async () => {
  const { acquirers, names, grant, released } = twoAcquirers();
  void acquireAll(acquirers);
  const first = await grant();
  const second = grant();
  first.end("GONE");
  await second;
  expect([names(), released]).toEqual(["a,b,a", ["/b", "/a"]]);
});

it("acquireAll resolves with undefined, holding nothing, when one of the acquirers does", async () => {
  const { acquirers, grant, refuse, released } = twoAcquirers();
  const acquiring = acquireAll(acquirers);
  await grant();
  refuse();
  expect([await acquiring, released]).toEqual([undefined, ["/a"]]);
});

it("acquireAll rejects with the error of an acquirer, holding nothing", async () => {
  const { acquirers, grant, fail, released } = twoAcquirers();
  const acquiring = acquireAll(acquirers);
  await grant();
  fail(new Error("no auth"));
  await expect(acquiring).rejects.toThrow("no auth");
  expect(released).toEqual(["/a"]);
});

it("acquireAll rejects when the caller's signal aborts, also if a grant is lost at the same time", async () => {
  const { acquirers, grant, names, calls, released } = twoAcquirers();
  const caller = new AbortController();
  const acquiring = acquireAll(acquirers, caller.signal);
  const first = await grant();
  first.end("GONE");
  caller.abort();
  expect(calls[1]!.signal.aborted).toBe(true);
  await expect(acquiring).rejects.toThrow("aborted");
  expect([names(), released]).toEqual(["a,b", ["/a"]]);
});
