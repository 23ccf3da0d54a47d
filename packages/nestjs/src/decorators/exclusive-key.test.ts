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

describe("an invalid key", () => {
  it.each(wrong)("is refused with decorator and method when a call returns %o", (key, shown) => {
    const namesOf = readExclusiveKey("@Locked on Accounts.pay", () => key as string);
    expect(() => namesOf({}, [])).toThrow(
      `@Locked on Accounts.pay: the key must be a non-empty name, or several different ones, not ${shown}`,
    );
  });

  it("is refused by the decorator if it does not depend on the call", () => {
    class Accounts {
      pay(): void {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Accounts.prototype, "pay") as PropertyDescriptor;
    expect(() => Locked(undefined as never)(Accounts.prototype, "pay", descriptor)).toThrow(
      "@Locked on Accounts.pay: the key must be a non-empty name",
    );
  });
});

it("reads one name, several, and those that a function of this and the arguments returns", () => {
  expect(readExclusiveKey("", "a")({}, [])).toEqual(["a"]);
  expect(readExclusiveKey("", ["b", "a"])({}, [])).toEqual(["b", "a"]);
  const namesOf = readExclusiveKey("", function (this: { prefix: string }, account: string) {
    return `${this.prefix}/${account}`;
  });
  expect(namesOf({ prefix: "ü" }, ["7"])).toEqual(["ü/7"]);
});
