import { describe, expect, it } from "vitest";
import { escaped, escapedLines, quoted, quotedIfNeeded } from "./escaped.js";

/** Name and character: each moves the cursor, turns the direction of writing, breaks the line, or is not seen. */
const NOT_SHOWN: [string, string][] = [
  ["null", "\0"],
  ["line break", "\n"],
  ["escape", "\u001b"],
  ["delete", "\u007f"],
  ["control sequence introducer of C1", "\u009b"],
  ["soft hyphen", "\u00ad"],
  ["Arabic letter mark", "\u061c"],
  ["zero width space", "\u200b"],
  ["left-to-right mark", "\u200e"],
  ["right-to-left override", "\u202e"],
  ["line separator", "\u2028"],
  ["paragraph separator", "\u2029"],
  ["right-to-left isolate", "\u2067"],
  ["pop directional isolate", "\u2069"],
  ["byte order mark", "\ufeff"],
  ["tag", "\u{e0041}"],
  ["half of a surrogate pair", "\ud800"],
];

describe("a text for people", () => {
  it.each(NOT_SHOWN)("shows %s by its number", (_, character) => {
    for (const shown of [escaped(`/a${character}b`), quoted(`/a${character}b`), quotedIfNeeded(character)]) {
      expect(shown).not.toContain(character);
      expect(shown).toMatch(/^[ -~]+$/);
    }
    expect(JSON.parse(quoted(character))).toBe(character);
  });

  it("keeps visible characters", () => {
    const text = "/zoo/é中\u{1f600} a,b";
    expect(escaped(text)).toBe(text);
    expect(quoted(text)).toBe(`"${text}"`);
  });

  it("is quoted only if it is ambiguous", () => {
    expect(quotedIfNeeded("alice:3OptmN09Io=")).toBe("alice:3OptmN09Io=");
    expect(["", "a b", "CN=a,O=b", "é"].map(quotedIfNeeded)).toEqual(['""', '"a b"', '"CN=a,O=b"', '"é"']);
  });

  it("keeps the lines of a stack", () => {
    expect(escapedLines("Error: \u001b[2J\n\tat x\u202e")).toBe("Error: \\u001b[2J\n\tat x\\u202e");
  });
});
