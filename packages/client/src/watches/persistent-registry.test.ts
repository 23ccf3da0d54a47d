import { EventType } from "@conclave/protocol";
import { expect, it } from "vitest";
import { PersistentRegistry, PersistentSubscription } from "./persistent-registry.js";
import type { PersistentKind } from "./watch-kind.js";

const watching = (...watches: [PersistentKind, string][]) => {
  const registry = new PersistentRegistry();
  const subscriptions = watches.map(([kind, path]) => {
    const subscription = new PersistentSubscription(kind, path, () => {});
    subscription.phase = "active";
    registry.add(subscription);
    return subscription;
  });
  const hears = (type: number, path: string) =>
    registry.listening(type, path).map((each) => subscriptions.indexOf(each));
  return { registry, subscriptions, hears };
};

it.each([
  [EventType.NODE_CREATED, "/a", [0, 1, 2]],
  [EventType.NODE_CHILDREN_CHANGED, "/a", [0]],
  [EventType.NODE_DELETED, "/a/b", [1, 2]],
  [EventType.NODE_DATA_CHANGED, "/a/b/c", [1, 2]],
  [EventType.NODE_CHILDREN_CHANGED, "/a/b", []],
  [EventType.NODE_DATA_CHANGED, "/ab", [2]],
  [EventType.NODE_DATA_CHANGED, "/", [2]],
])("an event of type %i at %s reaches the subscriptions %j", (type, path, who) => {
  const { hears } = watching(["persistent", "/a"], ["recursive", "/a"], ["recursive", "/"]);
  expect(hears(type, path).sort()).toEqual(who);
});

it("a waiting subscription receives no events, and is not restored", () => {
  const { registry, subscriptions, hears } = watching(["recursive", "/a"]);
  subscriptions[0]!.phase = "waiting";
  expect([hears(EventType.NODE_CREATED, "/a"), [...registry.paths("recursive")]]).toEqual([[], []]);
  expect(registry.has("recursive", "/a")).toBe(true);
});

it("an event reaches all subscriptions of a path", () => {
  const { hears } = watching(["persistent", "/a"], ["persistent", "/a"], ["recursive", "/a"], ["recursive", "/a"]);
  expect(hears(EventType.NODE_DELETED, "/a").sort()).toEqual([0, 1, 2, 3]);
});

it("the subscriptions of a path are restored by one watch while any of them is active", () => {
  const { registry, subscriptions } = watching(["persistent", "/a"], ["persistent", "/a"], ["persistent", "/b"]);
  subscriptions[0]!.phase = "over";
  expect([...registry.paths("persistent")]).toEqual(["/a", "/b"]);
  subscriptions[1]!.phase = "waiting";
  expect([...registry.paths("persistent")]).toEqual(["/b"]);
});

it("active returns the active subscriptions of both kinds", () => {
  const { registry, subscriptions } = watching(["persistent", "/a"], ["recursive", "/b"], ["recursive", "/b"]);
  subscriptions[1]!.phase = "waiting";
  expect(registry.active().map((each) => subscriptions.indexOf(each))).toEqual([0, 2]);
});

it("a subscription waits until the server keeps its watch", () => {
  expect(new PersistentSubscription("persistent", "/a", () => {}).phase).toBe("waiting");
});

it("an event reaches the subscriptions of its path if there are no recursive ones", () => {
  const { hears } = watching(["persistent", "/a"]);
  expect([hears(EventType.NODE_CREATED, "/a"), hears(EventType.NODE_CREATED, "/a/b")]).toEqual([[0], []]);
});

it("delete returns true only for the last subscription of a path and kind", () => {
  const { registry, subscriptions } = watching(["persistent", "/a"], ["persistent", "/a"], ["recursive", "/a"]);
  expect(subscriptions.map((each) => registry.delete(each))).toEqual([false, true, true]);
  expect(registry.delete(subscriptions[0]!)).toBe(false);
  expect([registry.has("persistent", "/a"), registry.has("recursive", "/a")]).toEqual([false, false]);
});
