import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { configurableOptions } from "./option-list.js";

/** Rows of the README's table of options. */
const rows = readFileSync(new URL("../../README.md", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

it("the README lists each option with its key in zoo.cfg, its default and its unit, as they are declared", () => {
  const expected = configurableOptions().map(({ key, name, group, standard, unit = "" }) => {
    return [`\`${group === undefined ? "" : `${group}.`}${name}\``, `\`${key}\``, standard, unit];
  });
  expect(rows).toEqual(expected);
});
