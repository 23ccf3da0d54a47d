import { expect, test } from "vitest";
import tables from "../golden/tables-3.8.0.json" with { type: "json" };
import { WatcherType } from "./watcher-type.js";

test("types of watches equal Java's WatcherType, and the two that 3.9.0 added", () => {
  const java = Object.entries(tables.watcherTypes).map(([name, value]) => [name.toUpperCase(), value]);
  expect(WatcherType).toStrictEqual({ ...Object.fromEntries(java), PERSISTENT: 4, PERSISTENT_RECURSIVE: 5 });
});
