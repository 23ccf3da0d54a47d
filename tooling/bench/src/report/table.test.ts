import { expect, it } from "vitest";
import { renderMarkdown, renderText, type Table } from "./table.ts";

const table: Table = {
  head: ["client", "ops/s"],
  align: ["left", "right"],
  rows: [["ours", "9,590"], null, ["a|b", "12"]],
};

it("renderText pads columns, aligns numbers to the right and separates groups by a line", () => {
  expect(renderText(table)).toBe("client  ops/s\nours    9,590\n\na|b        12\n");
});

it("renderText colours cells after padding", () => {
  const painted = renderText(table, (text, row, column) => (row === undefined || column === 0 ? text : `<${text}>`));
  expect(painted).toBe("client  ops/s\nours    <9,590>\n\na|b     <   12>\n");
});

it("renderMarkdown escapes bars in cells", () => {
  expect(renderMarkdown(table)).toBe("| client | ops/s |\n| :-- | --: |\n| ours | 9,590 |\n| a\\|b | 12 |\n");
});
