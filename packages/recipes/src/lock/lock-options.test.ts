import { expect, it } from "vitest";
import { resolveLock } from "./lock-options.js";

const resolve = (options: object) => resolveLock("lock", "locks", options as { readonly name: string });

it("a lock has an empty id, is not reentrant and ends its grants when the connection is lost, by default", () => {
  const resolved = resolve({ name: "a" });
  expect(resolved).toMatchObject({
    ...{ id: "", reentrant: false, onSuspended: "revoke", path: "/conclave/locks/a", label: "a" },
  });
  expect(Object.isFrozen(resolved)).toBe(true);
});

it("a lock keeps the options that are given", () => {
  const given = { path: "/a", id: "me", reentrant: true, onSuspended: "keep" };
  expect(resolve(given)).toMatchObject({ ...given, label: "/a" });
});

it("a lock rejects options that are wrong", () => {
  expect(() => resolve({})).toThrow("a lock needs either a name or a path");
  expect(() => resolve({ name: "a", onSuspended: "stay" })).toThrow('onSuspended must be "revoke" or "keep"');
});
