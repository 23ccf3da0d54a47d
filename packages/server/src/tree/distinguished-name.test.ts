import { describe, expect, it } from "vitest";
import { isDistinguishedName } from "./distinguished-name.js";

describe("a distinguished name", () => {
  it.each([
    "CN=alice",
    "CN=alice,OU=ops, O=Example",
    'CN="a, b",C=DE',
    "CN=a\\,b,C=DE",
    "1.2.840=x",
    "CN=a+OU=b",
    "",
    "  ",
    "  CN = a ,  O=b",
    'CN="a+b"',
    "CN=a\\+b",
  ])("is %s", (name) => expect(isDistinguishedName(name)).toBe(true));

  it.each([
    "alice",
    "CN=alice,ops",
    "=x",
    "CN=a,,O=b",
    "CN=a\\\\,b",
    "CN=a+b",
    "(CN=a",
    "C N=a",
    'CN=a\\",b',
    'CN="a",b',
  ])("is not %s", (name) => expect(isDistinguishedName(name)).toBe(false));
});
