import { EventType } from "@conclave/protocol";
import { silentLogger } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import type { PersistentWatchEvent, PersistentWatchListener, WatchEvent } from "../api/watch-event.js";
import { Chroot } from "../paths/chroot.js";
import { PersistentSubscription } from "./persistent-registry.js";
import { WatchRegistry } from "./watch-registry.js";

const registered = (prefix = "") => {
  const errors: unknown[] = [];
  const unknown: unknown[] = [];
  const logger = {
    ...silentLogger,
    error: (_message: string, fields?: object) => errors.push(fields),
    debug: (_message: string, fields?: object) => unknown.push(fields),
  };
  const registry = new WatchRegistry(new Chroot(prefix), logger);
  const events: WatchEvent[] = [];
  return { registry, events, listener: (event: WatchEvent) => events.push(event), errors, unknown };
};
/** Listeners are called in microtasks. */
const listenersCalled = () => new Promise<void>((resolve) => setImmediate(resolve));
const event = (type: number, path: string) => ({ type, state: 3, path });

describe("an event", () => {
  it.each([
    [EventType.NODE_CREATED, "nodeCreated", ["data", "existence"]],
    [EventType.NODE_DATA_CHANGED, "nodeDataChanged", ["data", "existence"]],
    [EventType.NODE_DELETED, "nodeDeleted", ["data", "existence", "children"]],
    [EventType.NODE_CHILDREN_CHANGED, "nodeChildrenChanged", ["children"]],
  ] as const)("of type %i is %s, and uses up the watches for %j", async (type, name, kinds) => {
    for (const kind of ["data", "existence", "children"] as const) {
      const { registry, events, listener } = registered();
      registry.add(kind, "/a", listener);
      registry.add(kind, "/b", listener);
      registry.notify(event(type, "/a"));
      registry.notify(event(type, "/a"));
      await listenersCalled();
      const fires = (kinds as readonly string[]).includes(kind);
      expect(events).toEqual(fires ? [{ type: name, path: "/a" }] : []);
      expect([...registry.paths(kind)]).toEqual(fires ? ["/b"] : ["/a", "/b"]);
    }
  });

  it("reaches all listeners that share the watch, each once", async () => {
    const { registry, events, listener } = registered();
    const other: WatchEvent[] = [];
    registry.add("data", "/a", listener);
    registry.add("data", "/a", listener);
    registry.add("data", "/a", (each) => other.push(each));
    registry.notify(event(EventType.NODE_DATA_CHANGED, "/a"));
    await listenersCalled();
    expect([events.length, other.length]).toEqual([1, 1]);
  });

  it("calls a listener once that is registered for two kinds", async () => {
    const { registry, events, listener } = registered();
    registry.add("data", "/a", listener);
    registry.add("children", "/a", listener);
    registry.notify(event(EventType.NODE_DELETED, "/a"));
    await listenersCalled();
    expect(events).toEqual([{ type: "nodeDeleted", path: "/a" }]);
  });

  it("has the path without the chroot, as the caller wrote it", async () => {
    const { registry, events, listener } = registered("/app");
    registry.add("children", "/app", listener);
    registry.notify(event(EventType.NODE_CHILDREN_CHANGED, "/app"));
    await listenersCalled();
    expect(events).toEqual([{ type: "nodeChildrenChanged", path: "/" }]);
  });

  it("of an unknown type consumes no watch, and is logged", async () => {
    const { registry, events, listener, unknown } = registered();
    registry.add("data", "/a", listener);
    registry.notify(event(42, "/a"));
    await listenersCalled();
    expect([events.length, [...registry.paths("data")]]).toEqual([0, ["/a"]]);
    expect(unknown).toEqual([{ type: 42, path: "/a" }]);
  });

  it("reaches the other listeners if one throws, which is logged", async () => {
    const { registry, events, listener, errors } = registered();
    registry.add("data", "/a", () => {
      throw new Error("mine");
    });
    registry.add("data", "/a", listener);
    registry.notify(event(EventType.NODE_DATA_CHANGED, "/a"));
    await listenersCalled();
    expect(events).toHaveLength(1);
    expect(errors).toEqual([{ error: new Error("mine"), event: { type: "nodeDataChanged", path: "/a" } }]);
  });

  it("does not reach a listener that was added after it", async () => {
    const { registry, events, listener } = registered();
    registry.notify(event(EventType.NODE_DATA_CHANGED, "/a"));
    registry.add("data", "/a", listener);
    await listenersCalled();
    expect(events).toEqual([]);
  });
});

it("an event calls its one-shot listeners before its persistent ones, and none of them at once", async () => {
  const { registry } = registered();
  const called: string[] = [];
  const subscription = new PersistentSubscription("persistent", "/a", ({ type }) => called.push(`persistent ${type}`));
  registry.persistent.add(subscription);
  registry.activate(subscription);
  registry.add("data", "/a", ({ type }) => called.push(`one-shot ${type}`));
  registry.notify(event(EventType.NODE_DATA_CHANGED, "/a"));
  expect(called).toEqual([]);
  await listenersCalled();
  expect(called).toEqual(["one-shot nodeDataChanged", "persistent nodeDataChanged"]);
});

describe("the end of the session", () => {
  it("is reported to every listener once per path, and no watches remain", async () => {
    const { registry, events, listener, errors } = registered();
    registry.add("data", "/a", listener);
    registry.add("children", "/a", listener);
    registry.add("existence", "/b", listener);
    registry.end("expired");
    await listenersCalled();
    expect(events).toEqual([
      { type: "sessionEnded", path: "/a", state: "expired" },
      { type: "sessionEnded", path: "/b", state: "expired" },
    ]);
    registry.notify(event(EventType.NODE_DELETED, "/a"));
    await listenersCalled();
    expect([events.length, errors]).toEqual([2, []]);
  });

  it("by expiry lets the next session watch again", async () => {
    const { registry, events, listener } = registered();
    registry.end("expired");
    registry.add("data", "/a", listener);
    registry.notify(event(EventType.NODE_DATA_CHANGED, "/a"));
    await listenersCalled();
    expect(events).toEqual([{ type: "nodeDataChanged", path: "/a" }]);
  });

  it("by close is reported at once to later listeners", async () => {
    const { registry, events, listener } = registered("/app");
    registry.end("closed");
    registry.add("data", "/app/a", listener);
    await listenersCalled();
    expect(events).toEqual([{ type: "sessionEnded", path: "/a", state: "closed" }]);
  });
});

describe("a persistent watch", () => {
  const subscribed = () => {
    const { registry, listener, events } = registered();
    const subscription = new PersistentSubscription("persistent", "/a", listener as PersistentWatchListener);
    registry.persistent.add(subscription);
    return { registry, subscription, events: events as PersistentWatchEvent[] };
  };

  it("reports changes and gaps from the moment when the server keeps it", async () => {
    const { registry, subscription, events } = subscribed();
    registry.notify(event(EventType.NODE_CREATED, "/a"));
    registry.reportGap("reconnected");
    registry.activate(subscription);
    registry.notify(event(EventType.NODE_DATA_CHANGED, "/a"));
    registry.notify(event(EventType.NODE_DATA_CHANGED, "/a"));
    registry.reportGap("reconnected");
    await listenersCalled();
    expect(events).toEqual([
      { type: "nodeDataChanged", path: "/a" },
      { type: "nodeDataChanged", path: "/a" },
      { type: "gap", path: "/a", reason: "reconnected" },
    ]);
  });

  it("ends with the session, has the caller's path, and is not restored in the next session", async () => {
    const { registry, listener, events } = registered("/app");
    const subscription = new PersistentSubscription("recursive", "/app/a", listener as PersistentWatchListener);
    registry.persistent.add(subscription);
    registry.activate(subscription);
    registry.reportGap("reconnected");
    await listenersCalled();
    registry.end("expired");
    expect([...registry.paths("recursive")]).toEqual([]);
    await listenersCalled();
    registry.notify(event(EventType.NODE_CREATED, "/app/a/b"));
    registry.end("expired");
    await listenersCalled();
    expect(events).toEqual([
      { type: "gap", path: "/a", reason: "reconnected" },
      { type: "sessionEnded", path: "/a", state: "expired" },
    ]);
  });

  it("that the server keeps after an expiry belongs to the next session", async () => {
    const { registry, subscription, events } = subscribed();
    registry.end("expired");
    registry.activate(subscription);
    await listenersCalled();
    expect([events, subscription.phase, [...registry.paths("persistent")]]).toEqual([[], "active", ["/a"]]);
  });

  it("is reported as ended once, although the caller activates and ends it again", async () => {
    const { registry, subscription, events } = subscribed();
    registry.activate(subscription);
    registry.end("closed");
    registry.activate(subscription);
    await listenersCalled();
    expect(events).toEqual([{ type: "sessionEnded", path: "/a", state: "closed" }]);
  });

  it("reports nothing once it was removed, not even a change that has arrived already", async () => {
    const { registry, subscription, events } = subscribed();
    registry.activate(subscription);
    registry.notify(event(EventType.NODE_DATA_CHANGED, "/a"));
    registry.end("expired");
    subscription.phase = "over";
    registry.activate(subscription);
    await listenersCalled();
    expect([events, subscription.phase]).toEqual([[], "over"]);
  });

  it("that the server keeps only after the client was closed ends at once", async () => {
    const { registry, subscription, events } = subscribed();
    registry.end("closed");
    registry.activate(subscription);
    await listenersCalled();
    expect([events, subscription.phase]).toEqual([[{ type: "sessionEnded", path: "/a", state: "closed" }], "over"]);
  });
});

it("a one-shot watch is in use while a read that will leave it is in flight, or until its last listener is removed", async () => {
  const { registry, listener } = registered();
  const other = (): void => {};
  let resolveRead = (): void => {};
  const read = new Promise<void>((resolve) => {
    resolveRead = resolve;
  });
  const failing = Promise.reject(new Error("connection reset"));
  registry.expectWatch("data", "/a", read);
  registry.expectWatch("data", "/a", failing);
  await listenersCalled();
  expect([registry.isInUse("data", "/a"), registry.isInUse("children", "/a")]).toEqual([true, false]);
  resolveRead();
  await listenersCalled();
  expect(registry.isInUse("data", "/a")).toBe(false);
  registry.add("data", "/a", listener);
  registry.add("data", "/a", other);
  expect(registry.remove(["data", "children"], "/a", listener)).toBe(1);
  expect(registry.isInUse("data", "/a")).toBe(true);
  expect(registry.remove(["data", "children"], "/a", undefined)).toBe(1);
  expect([registry.isInUse("data", "/a"), [...registry.paths("data")]]).toEqual([false, []]);
  expect(registry.remove(["data", "children"], "/a", undefined)).toBe(0);
});

it("one-shot watches that are added while a read-only server answers are in doubt until they are confirmed", () => {
  const { registry, listener } = registered();
  const inDoubt = () =>
    (["data", "existence", "children", "persistent", "recursive"] as const).filter((kind) =>
      registry.isInDoubt(kind, "/a"),
    );
  registry.add("data", "/a", listener);
  registry.isReadOnly = true;
  registry.add("existence", "/a", listener);
  registry.add("children", "/a", listener);
  registry.isReadOnly = false;
  expect([inDoubt(), registry.isInDoubt("children", "/b")]).toEqual([["existence", "children"], false]);
  registry.confirm();
  expect(inDoubt()).toEqual([]);
});

it("no watch is in doubt after the end of its session", () => {
  const { registry, listener } = registered();
  registry.isReadOnly = true;
  registry.add("data", "/a", listener);
  registry.end("expired");
  expect(registry.isInDoubt("data", "/a")).toBe(false);
});
