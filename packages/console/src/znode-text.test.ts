import { expect, it } from "vitest";
import { shownData, shownId } from "./znode-text.js";

it("data is shown up to 16 KiB as text and 4 KiB in hex, without half a character at the end", () => {
  const text = Buffer.from(`a${"ü".repeat(10_000)}`);
  expect(shownData(text)).toEqual({ form: "text", text: `a${"ü".repeat(8191)}`, bytes: 20_001, isCut: true });
  const binary = Buffer.alloc(4_097, 0xff);
  expect(shownData(binary)).toEqual({ form: "hex", text: "ff".repeat(4_096), bytes: 4_097, isCut: true });
});

it("the id of an entrant is shown up to 120 characters, with control characters as escapes", () => {
  expect(shownId(Buffer.from("a".repeat(120)))).toBe("a".repeat(120));
  expect(shownId(Buffer.from("a".repeat(121)))).toBe(`${"a".repeat(119)}…`);
  expect(shownId(Buffer.from("a\nb"))).not.toContain("\n");
});
