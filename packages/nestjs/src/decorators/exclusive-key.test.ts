import { describe, expect, it } from "vitest";
import { Locked } from "../index.js";
import { readExclusiveKey } from "./exclusive-key.js";

const wrong: readonly (readonly [unknown, string])[] = [
  [undefined, "undefined"],
  [null, "null"],
  [7, "7"],
  [{ account: 7 }, "{ account: 7 }"],
  [Promise.resolve("a"), "Promise { 'a' }"],
  ["", "''"],
  [[], "[]"],
  [["a", undefined], "[ 'a', undefined ]"],
  [["a", "a"], "[ 'a', 'a' ]"],
];

describe("a key that is no name", () => {
  it.each(wrong)("is refused by name and method when a call makes %o", (key, shown) => {
    const namesOf = readExclusiveKey("@Locked on Accounts.pay", () => key as string);
    expect(() => namesOf({}, [])).toThrow(
      `@Locked on Accounts.pay: a key is a name, or several that differ, and not ${shown}`,
    );
  });

  it("is refused at the decorator, where it does not depend on the call", () => {
    class Accounts {
      pay(): void {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Accounts.prototype, "pay") as PropertyDescriptor;
    expect(() => Locked(undefined as never)(Accounts.prototype, "pay", descriptor)).toThrow(
      "@Locked on Accounts.pay: a key is a name",
    );
  });
});

it("reads one name, several, and what a function of this and the arguments makes", () => {
  expect(readExclusiveKey("", "a")({}, [])).toEqual(["a"]);
  expect(readExclusiveKey("", ["b", "a"])({}, [])).toEqual(["b", "a"]);
  const namesOf = readExclusiveKey("", function (this: { prefix: string }, account: string) {
    return `${this.prefix}/${account}`;
  });
  expect(namesOf({ prefix: "ü" }, ["7"])).toEqual(["ü/7"]);
});
