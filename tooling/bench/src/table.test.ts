import { expect, it } from "vitest";
import { renderMarkdown, renderText, type Table } from "./table.ts";

const table: Table = {
  head: ["client", "ops/s"],
  align: ["left", "right"],
  rows: [["ours", "9,590"], null, ["a|b", "12"]],
};

it("pads columns to their widest cell, numbers on the right, with a line between groups", () => {
  expect(renderText(table)).toBe("client  ops/s\nours    9,590\n\na|b        12\n");
});

it("paints cells after they have their width", () => {
  const painted = renderText(table, (text, row, column) => (row === undefined || column === 0 ? text : `<${text}>`));
  expect(painted).toBe("client  ops/s\nours    <9,590>\n\na|b     <   12>\n");
});

it("writes Markdown whose cells may hold a bar", () => {
  expect(renderMarkdown(table)).toBe("| client | ops/s |\n| :-- | --: |\n| ours | 9,590 |\n| a\\|b | 12 |\n");
});
