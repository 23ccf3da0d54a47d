import { expect, test } from "vitest";
import tables from "../golden/tables-3.8.0.json" with { type: "json" };
import { AddWatchMode } from "./add-watch-mode.js";

test("modes of added watches equal all of Java's AddWatchMode", () => {
  expect(AddWatchMode).toStrictEqual(tables.addWatchModes);
});
