import { describe, expect, it } from "vitest";
import { printable, printableJson } from "./printable.js";

describe("printable text", () => {
  it("escapes controls and characters that reorder text, and nothing else", () => {
    expect(printable("grün 東京 👩 a\u202eb\u2066c\u0007\u2028\u{e0041}")).toBe(
      "grün 東京 👩 a\\u202eb\\u2066c\\u0007\\u2028\\udb40\\udc41",
    );
  });

  it("escapes them in JSON, which is read as the same value", () => {
    const value = { id: 'web"\u202e\\\n\u{e0041}', list: ["ü"] };
    const json = printableJson(value);
    expect(json).toContain("\\u202e");
    expect(json).not.toContain("\u202e");
    expect(JSON.parse(json)).toEqual(value);
  });
});
