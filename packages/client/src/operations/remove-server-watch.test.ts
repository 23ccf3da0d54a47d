import { ErrorCode, WatcherType } from "@conclave/protocol";
import { expect, it } from "vitest";
import { RecordedCalls } from "../../test-support/recorded-calls.js";
import { PersistentSubscription } from "../watches/persistent-registry.js";
import { removeServerWatch } from "./remove-server-watch.js";

const remove = (server: RecordedCalls, type: "data" | "children" | "any" = "any", signal?: AbortSignal) =>
  removeServerWatch(server.context, { type, serverPath: "/app/a", path: "/a", signal });

it.each([
  ["data", WatcherType.DATA],
  ["children", WatcherType.CHILDREN],
  ["any", WatcherType.ANY],
] as const)("a watch of the type %s is removed by the server's type %i", async (type, sent) => {
  const server = new RecordedCalls("/app");
  const removed = remove(server, type);
  const request = { path: "/app/a", type: sent };
  expect(server.calls).toEqual([{ operation: "removeWatches", request, path: "/a", isWrite: false }]);
  server.answer(undefined);
  expect(await removed).toBe(undefined);
});

it.each([
  ["data", "data"],
  ["data", "existence"],
  ["children", "children"],
  ["any", "data"],
  ["any", "existence"],
  ["any", "children"],
] as const)("a watch of the type %s stays while a listener of the kind %s uses it", async (type, kind) => {
  const server = new RecordedCalls("/app");
  server.watches.add(kind, "/app/a", () => {});
  await remove(server, type);
  expect(server.calls).toEqual([]);
});

it("a watch is removed although a listener of another kind remains", () => {
  const server = new RecordedCalls("/app");
  server.watches.add("children", "/app/a", () => {});
  void remove(server, "data");
  expect(server.calls).toHaveLength(1);
});

it.each(["persistent", "recursive"] as const)("a watch stays while a %s one has the same path", async (kind) => {
  const server = new RecordedCalls("/app");
  server.watches.persistent.add(new PersistentSubscription(kind, "/app/a", () => {}));
  await remove(server);
  expect(server.calls).toEqual([]);
});

it("a watch needs no removal without a connection, because the next one does not restore it", async () => {
  const server = new RecordedCalls("/app");
  server.state = "suspended";
  await remove(server);
  expect(server.calls).toEqual([]);
});

it("a watch that the server does not have counts as removed", async () => {
  const server = new RecordedCalls("/app");
  const removed = remove(server);
  server.refuse(ErrorCode.NO_WATCHER);
  expect(await removed).toBe(undefined);
});

it.each(["CONNECTION_LOSS", "SESSION_EXPIRED", "CLOSED"] as const)(
  "a watch counts as removed if the request fails with %s",
  async (code) => {
    const server = new RecordedCalls("/app");
    const removed = remove(server);
    server.lose(code);
    expect(await removed).toBe(undefined);
  },
);

it("a server that cannot remove the watch is reported to the caller", async () => {
  const server = new RecordedCalls("/app");
  const removed = remove(server);
  server.refuse(ErrorCode.UNIMPLEMENTED);
  await expect(removed).rejects.toMatchObject({ code: "UNIMPLEMENTED", path: "/a" });
});

it("the removal can be aborted", async () => {
  const server = new RecordedCalls("/app");
  await expect(remove(server, "any", AbortSignal.abort())).rejects.toMatchObject({ code: "ABORTED" });
  expect(server.calls).toEqual([]);
});
