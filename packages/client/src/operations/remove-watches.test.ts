import { ErrorCode, WatcherType } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { RecordedCalls } from "../../test-support/recorded-calls.js";
import { checkWatches, removeWatches } from "./remove-watches.js";

const listener = (): void => {};
const other = (): void => {};
/** A client with the chroot "/app" and watches on "/a": `listener` for data and children, `other` for data. */
const watching = () => {
  const server = new RecordedCalls("/app");
  server.watches.add("data", "/app/a", listener);
  server.watches.add("data", "/app/a", other);
  server.watches.add("children", "/app/a", listener);
  return server;
};
const kindsInUse = ({ watches }: RecordedCalls) =>
  (["data", "existence", "children"] as const).filter((kind) => watches.isInUse(kind, "/app/a"));

describe("removeWatches", () => {
  it("removes all listeners of the path, and then the server's watches", async () => {
    const server = watching();
    const removed = removeWatches(server.context, "/a", {});
    expect(kindsInUse(server)).toEqual([]);
    const request = { path: "/app/a", type: WatcherType.ANY };
    expect(server.calls).toEqual([{ operation: "removeWatches", request, path: "/a", isWrite: false }]);
    server.answer(undefined);
    expect(await removed).toBe(undefined);
  });

  it("removes the listeners of one type, and keeps the others", async () => {
    const server = watching();
    void removeWatches(server.context, "/a", { type: "children" });
    expect(kindsInUse(server)).toEqual(["data"]);
    expect(server.calls).toMatchObject([{ request: { path: "/app/a", type: WatcherType.CHILDREN } }]);
  });

  it("removes one listener, and keeps the server's watch for the others", async () => {
    const server = watching();
    await removeWatches(server.context, "/a", { listener });
    expect([kindsInUse(server), server.calls]).toEqual([["data"], []]);
  });

  it("rejects if this client has no such watch, and sends nothing", async () => {
    const server = watching();
    await expect(removeWatches(server.context, "/b", {})).rejects.toMatchObject({
      code: "NO_WATCHER",
      outcome: "not-applied",
      path: "/b",
      message: "removeWatches /b: this client has no such watch",
    });
    await expect(removeWatches(server.context, "/a", { type: "children", listener: other })).rejects.toMatchObject({
      code: "NO_WATCHER",
    });
    expect(server.calls).toEqual([]);
  });

  it.each([
    ["a", "any", 'removeWatches "a": invalid path: it does not start with "/"'],
    ["/a", "persistent", 'removeWatches "/a": persistent is not a valid watch type'],
    ["/a", "toString", 'removeWatches "/a": toString is not a valid watch type'],
  ])("of %s and the type %s rejects, and removes nothing", async (path, type, message) => {
    const server = watching();
    const rejected = { code: "BAD_ARGUMENTS", outcome: "not-applied", path, message };
    await expect(removeWatches(server.context, path, { type: type as "any" })).rejects.toMatchObject(rejected);
    expect([kindsInUse(server), server.calls]).toEqual([["data", "children"], []]);
  });
});

describe("checkWatches", () => {
  it.each([
    ["data", WatcherType.DATA],
    ["children", WatcherType.CHILDREN],
    ["any", WatcherType.ANY],
    ["persistent", WatcherType.PERSISTENT],
    ["recursive", WatcherType.PERSISTENT_RECURSIVE],
  ] as const)("of the type %s asks the server for its type %i", async (type, sent) => {
    const server = new RecordedCalls("/app");
    const checked = checkWatches(server.context, "/a", type, {});
    const request = { path: "/app/a", type: sent };
    expect(server.calls).toEqual([{ operation: "checkWatches", request, path: "/a", isWrite: false }]);
    server.answer(undefined);
    expect(await checked).toBe(true);
  });

  it("returns false if the server has no such watch", async () => {
    const server = new RecordedCalls("/app");
    const checked = checkWatches(server.context, "/a", "any", {});
    server.refuse(ErrorCode.NO_WATCHER);
    expect(await checked).toBe(false);
  });

  it("rejects with any other error of the server", async () => {
    const server = new RecordedCalls("/app");
    const checked = checkWatches(server.context, "/a", "persistent", {});
    server.refuse(ErrorCode.MARSHALLING_ERROR);
    await expect(checked).rejects.toMatchObject({ code: "MARSHALLING_ERROR", path: "/a" });
  });

  it.each([
    ["a", "any", 'checkWatches "a": invalid path: it does not start with "/"'],
    ["/a", "existence", 'checkWatches "/a": existence is not a valid watch type'],
  ])("of %s and the type %s rejects, and sends nothing", async (path, type, message) => {
    const server = new RecordedCalls();
    const rejected = { code: "BAD_ARGUMENTS", outcome: "not-applied", path, message };
    await expect(checkWatches(server.context, path, type as "any", {})).rejects.toMatchObject(rejected);
    expect(server.calls).toEqual([]);
  });
});
