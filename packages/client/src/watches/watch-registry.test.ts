import { EventType } from "@conclave/protocol";
import { silentLogger } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import type { WatchEvent } from "../api/watch-event.js";
import { Chroot } from "../paths/chroot.js";
import { WatchRegistry } from "./watch-registry.js";

const registered = (prefix = "") => {
  const errors: unknown[] = [];
  const logger = { ...silentLogger, error: (_message: string, fields?: object) => errors.push(fields) };
  const registry = new WatchRegistry(new Chroot(prefix), logger);
  const events: WatchEvent[] = [];
  return { registry, events, listener: (event: WatchEvent) => events.push(event), errors };
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

  it("of an unknown type consumes no watch", async () => {
    const { registry, events, listener } = registered();
    registry.add("data", "/a", listener);
    registry.notify(event(42, "/a"));
    await listenersCalled();
    expect([events.length, [...registry.paths("data")]]).toEqual([0, ["/a"]]);
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
    expect(errors).toMatchObject([{ error: new Error("mine") }]);
  });

  it("does not reach a listener that was added after it", async () => {
    const { registry, events, listener } = registered();
    registry.notify(event(EventType.NODE_DATA_CHANGED, "/a"));
    registry.add("data", "/a", listener);
    await listenersCalled();
    expect(events).toEqual([]);
  });
});

describe("the end of the session", () => {
  it("is reported to every listener once per path, and no watches remain", async () => {
    const { registry, events, listener } = registered();
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
    expect(events).toHaveLength(2);
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
