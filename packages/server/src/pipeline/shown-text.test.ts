import { expect, it } from "vitest";
import { exactJson } from "../admin/exact-json.js";
import { shownText } from "./shown-text.js";

it("shows the code points of control characters, line separators and direction marks", () => {
  expect(shownText("/a\nb\u202egpj\u2028\u0085\u200b\u{e0001}é日😀")).toBe(
    "/a\\u000ab\\u202egpj\\u2028\\u0085\\u200b\\udb40\\udc01é日😀",
  );
});

it("writes 64-bit integers that are read back exactly", () => {
  const value = { path: "/a\u202e\u0085\u{e0001}b", lines: ["x\ny"], id: 2n ** 60n };
  const text = exactJson(value);
  expect(text).not.toMatch(/[\u007f-\u009f\p{Cf}]/u);
  expect(text.split("\n")).toHaveLength(7);
  expect(JSON.parse(text)).toMatchObject({ path: value.path, lines: value.lines });
  expect(text).toContain("1152921504606846976");
});
