import { shownJson } from "@conclave/runtime";
import { expect, it } from "vitest";
import { splitLine } from "./split-line.js";

it.each<[string, string[]]>([
  ["", []],
  ["  ls   /a ", ["ls", "/a"]],
  ['set /a \'two words\' "and \\"three\\" words"', ["set", "/a", "two words", 'and "three" words']],
  ["get /a\\ b''c", ["get", "/a bc"]],
  ["set /a ''", ["set", "/a", ""]],
  ['get "\\u202e\\n\\t\\\\"', ["get", "\u202e\n\t\\"]],
  ["get '\\n'", ["get", "\\n"]],
])("the line %j has the words %j", (line, words) => {
  expect(splitLine(line)).toEqual(words);
});

it("a text in the quotes in which it is shown is the same text", () => {
  for (const text of ['a "b" \\ c', "\u001b[2J\u0000\u202e\n", "\ud83d\ude00 ä\u2028"]) {
    expect(splitLine(`get ${shownJson(text)}`)).toEqual(["get", text]);
  }
});

it.each(["get 'a", 'get "a', 'get "a\\"', "get a\\"])(
  "the line %j is refused, with the place of the open quote",
  (line) => {
    expect(() => splitLine(line)).toThrow(/ at character \d+ does not end: add another one$/);
  },
);
