import { expect, it } from "vitest";
import { AcquireTimeoutError } from "./acquire-timeout-error.js";
import { GrantLostError } from "./grant-lost-error.js";

it.each([
  ["AcquireTimeoutError", AcquireTimeoutError, new AcquireTimeoutError("the lock a", 5)],
  ["GrantLostError", GrantLostError, new GrantLostError("GONE", "lost")],
])("instanceof %s is true for errors of another copy of the package, and for nothing else", (name, type, own) => {
  const foreign: unknown = { [Symbol.for(`conclave.${name}`)]: true };
  expect([own, foreign].map((value) => value instanceof type)).toEqual([true, true]);
  for (const other of [new Error("other"), {}, null, undefined, "text", 7, () => {}]) {
    expect((other as unknown) instanceof type).toBe(false);
  }
});

it("a GrantLostError has a name, a code, a message and, if there is one, a cause", () => {
  const cause = new Error("no auth");
  expect(new GrantLostError("REFUSED", "lost", cause)).toMatchObject({
    ...{ name: "GrantLostError", code: "REFUSED", message: "lost", cause },
  });
  expect("cause" in new GrantLostError("GONE", "lost")).toBe(false);
});

it("an AcquireTimeoutError has a name", () => {
  expect(new AcquireTimeoutError("the lock a", 5).name).toBe("AcquireTimeoutError");
});
