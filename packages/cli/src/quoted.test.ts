import { expect, it } from "vitest";
import { quotedIfNeeded } from "./quoted.js";

it("quotes a text only if it is ambiguous", () => {
  expect(quotedIfNeeded("alice:3OptmN09Io=")).toBe("alice:3OptmN09Io=");
  expect(["", "a b", "CN=a,O=b", "é", "\u202e\n"].map(quotedIfNeeded)).toEqual([
    '""',
    '"a b"',
    '"CN=a,O=b"',
    '"é"',
    '"\\u202e\\n"',
  ]);
});
