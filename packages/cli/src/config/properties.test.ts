import { describe, expect, it } from "vitest";
import { parseProperties } from "./properties.js";

const pairs = (text: string): [string, string][] => parseProperties(text).map(({ key, value }) => [key, value]);

describe("a properties file", () => {
  it.each([
    ["an equals sign", "a=1", "a", "1"],
    ["a colon", "a:1", "a", "1"],
    ["white space", "a 1", "a", "1"],
    ["white space around the separator", "a \t= \f1", "a", "1"],
    ["only one separator", "a==1", "a", "=1"],
    ["a second separator behind a space", "a = : 1", "a", ": 1"],
    ["indentation", " \t a=1", "a", "1"],
    ["space at the end, which belongs to the value", "a=1 ", "a", "1 "],
    ["no value", "a", "a", ""],
    ["no key", "=1", "", "1"],
    ["an escaped separator in the key", "a\\=b\\:c\\ d=1", "a=b:c d", "1"],
    ["escapes", "a=\\t\\n\\r\\f\\\\\\q", "a", "\t\n\r\f\\q"],
    ["a character by its number", "a=\\u00e9\\u4e2d", "a", "\u00e9\u4e2d"],
    ["a hash within the value", "a=1 # no comment", "a", "1 # no comment"],
    ["a continued line", "a=1,\\\n   2", "a", "1,2"],
    ["a line continued by Windows", "a=1,\\\r\n\t2", "a", "1,2"],
    ["a continued key", "a\\\n  b=1", "ab", "1"],
    ["a comment sign that continues", "a=1\\\n#2", "a", "1#2"],
    ["an escaped backslash at the end, which continues nothing", "a=1\\\\", "a", "1\\"],
    ["a backslash at the end of the file", "a=1\\", "a", "1"],
    ["a byte order mark", "\uFEFFa=1", "a", "1"],
  ])("has %s", (_, text, key, value) => {
    expect(pairs(text)).toEqual([[key, value]]);
  });

  it("may have comments and blank lines, which a backslash does not continue", () => {
    expect(pairs("# one\\\n! two\n\n   \n  # three\na=1\n")).toEqual([["a", "1"]]);
  });

  it("counts the lines, with any line ends", () => {
    const lines = parseProperties("# c\r\na=1\\\r2\nb=3\r\n\rc=4").map(({ key, line }) => [key, line]);
    expect(lines).toEqual([
      ["a", 2],
      ["b", 4],
      ["c", 6],
    ]);
  });

  it("keeps repeated keys, in order", () => {
    expect(pairs("a=1\nb=2\na=3")).toEqual([
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
    ]);
  });

  it("is refused if \\u lacks its digits, with the line", () => {
    expect(() => parseProperties("a=1\nb=\\u12x4")).toThrow(expect.objectContaining({ line: 2 }));
  });
});
