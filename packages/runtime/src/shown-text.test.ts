import { describe, expect, it } from "vitest";
import { shownJson, shownLines, shownText } from "./shown-text.js";

const HIDDEN: readonly (readonly [name: string, character: string, escape: string])[] = [
  ["null", "\0", "\\u0000"],
  ["line break", "\n", "\\u000a"],
  ["escape", "\u001b", "\\u001b"],
  ["delete", "\u007f", "\\u007f"],
  ["next line of C1", "\u0085", "\\u0085"],
  ["control sequence introducer of C1", "\u009b", "\\u009b"],
  ["soft hyphen", "\u00ad", "\\u00ad"],
  ["Arabic letter mark", "\u061c", "\\u061c"],
  ["zero width space", "\u200b", "\\u200b"],
  ["left-to-right mark", "\u200e", "\\u200e"],
  ["right-to-left mark", "\u200f", "\\u200f"],
  ["left-to-right embedding", "\u202a", "\\u202a"],
  ["right-to-left embedding", "\u202b", "\\u202b"],
  ["pop directional formatting", "\u202c", "\\u202c"],
  ["left-to-right override", "\u202d", "\\u202d"],
  ["right-to-left override", "\u202e", "\\u202e"],
  ["line separator", "\u2028", "\\u2028"],
  ["paragraph separator", "\u2029", "\\u2029"],
  ["left-to-right isolate", "\u2066", "\\u2066"],
  ["right-to-left isolate", "\u2067", "\\u2067"],
  ["first strong isolate", "\u2068", "\\u2068"],
  ["pop directional isolate", "\u2069", "\\u2069"],
  ["byte order mark", "\ufeff", "\\ufeff"],
  ["tag beyond U+FFFF", "\u{e0041}", "\\udb40\\udc41"],
  ["high half of a surrogate pair", "\ud800", "\\ud800"],
  ["low half of a surrogate pair", "\udfff", "\\udfff"],
];

describe("shown text", () => {
  it.each(HIDDEN)("has an escape in place of a %s", (_name, character, expected) => {
    expect(shownText(`/a${character}b${character}`)).toBe(`/a${expected}b${expected}`);
    expect(JSON.parse(`"${shownText(character)}"`)).toBe(character);
  });

  it("keeps characters that are visible, backslashes too", () => {
    const text = '/zoo/é 中\u{1f600} a,b "c" \\u202e';
    expect([shownText(text), shownLines(text)]).toEqual([text, text]);
  });

  it("escapes each control character of C0 and C1", () => {
    const controls = [...Array(0x20).keys(), 0x7f, ...[...Array(0x20).keys()].map((code) => 0x80 + code)];
    for (const code of controls) {
      const expected = `\\u${code.toString(16).padStart(4, "0")}`;
      expect(shownText(String.fromCharCode(code))).toBe(expected);
      expect(shownLines(String.fromCharCode(code))).toBe(
        code === 9 || code === 10 ? String.fromCharCode(code) : expected,
      );
    }
  });

  it("of several lines keeps line breaks and tabs, and nothing else that is hidden", () => {
    expect(shownLines("Error: \u001b[2J\r\n\tat x\u202e\u2028\ud800")).toBe(
      "Error: \\u001b[2J\\u000d\n\tat x\\u202e\\u2028\\ud800",
    );
  });

  it("of a value is JSON that is read as the same value", () => {
    const value = { id: 'web"\u202e\\\n\u{e0041}\ud800', list: ["ü\u0000"] };
    const json = shownJson(value);
    expect(json).toMatch(/^[ -~ü]+$/);
    expect(JSON.parse(json)).toEqual(value);
  });
});
