import { expect, test } from "vitest";
import tables from "../golden/tables-3.8.0.json" with { type: "json" };
import { AddWatchMode } from "./add-watch-mode.js";

test("modes of added watches are those of Java's AddWatchMode, all of them", () => {
  expect(AddWatchMode).toStrictEqual(tables.addWatchModes);
});
