import { expect, test } from "vitest";
import tables from "../../golden/tables-3.8.0.json" with { type: "json" };
import { EventType, KeeperState } from "./watcher-event.js";

const java = (names: Record<string, number>) =>
  new Map(Object.entries(names).map(([name, value]) => [name.toUpperCase(), value]));
const ours = (names: Record<string, number>) =>
  new Map(Object.entries(names).map(([name, value]) => [name.replaceAll("_", ""), value]));

test("event types are Java's, but for the removals that only a client tells itself", () => {
  const { DataWatchRemoved, ChildWatchRemoved, PersistentWatchRemoved, ...sent } = tables.eventTypes;
  expect([DataWatchRemoved, ChildWatchRemoved, PersistentWatchRemoved]).toStrictEqual([5, 6, 7]);
  expect(ours(EventType)).toStrictEqual(java(sent));
});

test("session states are Java's, but for the two that it no longer uses", () => {
  const { Unknown, NoSyncConnected, ...used } = tables.keeperStates;
  expect([Unknown, NoSyncConnected]).toStrictEqual([-1, 1]);
  expect(ours(KeeperState)).toStrictEqual(java(used));
});
