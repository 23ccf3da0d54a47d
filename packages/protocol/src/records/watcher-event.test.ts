import { expect, test } from "vitest";
import tables from "../../golden/tables-3.8.0.json" with { type: "json" };
import { EventType, KeeperState } from "./watcher-event.js";

const java = (names: Record<string, number>) =>
  new Map(Object.entries(names).map(([name, value]) => [name.toUpperCase(), value]));
const ours = (names: Record<string, number>) =>
  new Map(Object.entries(names).map(([name, value]) => [name.replaceAll("_", ""), value]));

test("event types equal Java's, except for removals of watches, which no server sends", () => {
  const { DataWatchRemoved, ChildWatchRemoved, PersistentWatchRemoved, ...sent } = tables.eventTypes;
  expect([DataWatchRemoved, ChildWatchRemoved, PersistentWatchRemoved]).toStrictEqual([5, 6, 7]);
  expect(ours(EventType)).toStrictEqual(java(sent));
});

test("session states equal Java's, except for two deprecated ones", () => {
  const { Unknown, NoSyncConnected, ...used } = tables.keeperStates;
  expect([Unknown, NoSyncConnected]).toStrictEqual([-1, 1]);
  expect(ours(KeeperState)).toStrictEqual(java(used));
});
