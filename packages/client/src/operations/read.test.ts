import { ErrorCode, EventType, exists, getChildren, getData, WatcherType } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { continued, RecordedCalls } from "../../test-support/recorded-calls.js";
import { stat } from "../../test-support/sample-replies.js";
import type { ReadOptions } from "../api/operation-options.js";
import { read } from "./read.js";

/** A client with the chroot "/app", and its reads. */
const started = () => {
  const server = new RecordedCalls("/app");
  const events: string[] = [];
  const watch = ({ type, path }: { readonly type: string; readonly path: string }): void =>
    void events.push(`${type} ${path}`);
  const reads = {
    exists: (path: string, options: ReadOptions) =>
      read(
        server.context,
        exists,
        "data",
        path,
        options,
        () => "found",
        () => "absent",
      ),
    getData: (path: string, options: ReadOptions) => read(server.context, getData, "data", path, options, () => "data"),
    getChildren: (path: string, options: ReadOptions) =>
      read(server.context, getChildren, "children", path, options, ({ children }) => children.join()),
  };
  const fire = async (type: number): Promise<string[]> => {
    server.watches.notify({ type, state: 3, path: "/app/a" });
    await continued();
    return events;
  };
  return { server, watch, fire, ...reads };
};
const requested = (operation: string, watch: boolean) => ({
  operation,
  request: { path: "/app/a", watch },
  path: "/a",
  isWrite: false,
});
const removal = (type: number) => ({ operation: "removeWatches", request: { path: "/app/a", type } });

it("a read is sent under the chroot, and asks for a watch only if it has a listener", async () => {
  const { server, watch, getData: getPlain, getChildren: getWatched } = started();
  const [plain, watched] = [getPlain("/a", {}), getWatched("/a", { watch })];
  expect(server.calls).toEqual([requested("getData", false), requested("getChildren", true)]);
  server.answer({ data: null, stat });
  server.answer({ children: ["x", "y"] });
  expect([await plain, await watched]).toEqual(["data", "x,y"]);
  const kinds = ["data", "existence", "children"] as const;
  expect(kinds.filter((kind) => server.watches.isInUse(kind, "/app/a"))).toEqual(["children"]);
});

it("a read with an invalid path is not sent", async () => {
  const { server, getData: get } = started();
  await expect(get("a", {})).rejects.toMatchObject({
    code: "BAD_ARGUMENTS",
    message: 'getData "a": invalid path: it does not start with "/"',
  });
  expect(server.calls).toEqual([]);
});

it("a listener is called for changes from the answer on, in the list of its read", async () => {
  const { server, watch, fire, getData: get, getChildren: list } = started();
  const read = get("/a", { watch });
  expect(server.watches.isInUse("data", "/app/a")).toBe(true);
  server.answer({ data: null, stat });
  await read;
  const children = list("/a", { watch });
  server.answer({ children: [] });
  await children;
  expect(await fire(EventType.NODE_DATA_CHANGED)).toEqual(["nodeDataChanged /a"]);
  expect(await fire(EventType.NODE_CHILDREN_CHANGED)).toEqual(["nodeDataChanged /a", "nodeChildrenChanged /a"]);
});

it("a listener of exists is called for the creation of a missing znode", async () => {
  const { server, watch, fire, exists: look } = started();
  const looked = look("/a", { watch });
  server.refuse(ErrorCode.NO_NODE);
  expect(await looked).toBe("absent");
  expect([...server.watches.paths("existence")]).toEqual(["/app/a"]);
  expect(await fire(EventType.NODE_CREATED)).toEqual(["nodeCreated /a"]);
});

it.each(["exists", "getData", "getChildren"] as const)("a failed %s leaves no watch", async (name) => {
  const { server, watch, [name]: get } = started();
  const read = get("/a", { watch });
  server.refuse(name === "exists" ? ErrorCode.NO_AUTH : ErrorCode.NO_NODE);
  await expect(read).rejects.toMatchObject({ outcome: "rejected", path: "/a" });
  await continued();
  const kinds = ["data", "existence", "children"] as const;
  expect(kinds.filter((kind) => server.watches.isInUse(kind, "/app/a"))).toEqual([]);
  expect(server.calls).toHaveLength(1);
});

describe("a read with a watch that is aborted", () => {
  it.each([
    ["exists", WatcherType.DATA],
    ["getData", WatcherType.DATA],
    ["getChildren", WatcherType.CHILDREN],
  ] as const)("after %s was sent has its watch removed from the server", async (name, type) => {
    const { server, watch, [name]: get } = started();
    const controller = new AbortController();
    const read = get("/a", { watch, signal: controller.signal });
    controller.abort();
    await expect(read).rejects.toMatchObject({ code: "ABORTED" });
    await continued();
    expect(server.calls.slice(1)).toMatchObject([removal(type)]);
  });

  it("before it was sent needs no removal", async () => {
    const { server, watch, getData: get } = started();
    await expect(get("/a", { watch, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    await continued();
    expect(server.calls).toEqual([]);
  });

  it("keeps the watch while another listener uses it, or is about to", async () => {
    const { server, watch, getData: get } = started();
    const controller = new AbortController();
    const read = get("/a", { watch, signal: controller.signal });
    const kept = get("/a", { watch });
    controller.abort();
    await expect(read).rejects.toMatchObject({ code: "ABORTED" });
    await continued();
    expect(server.calls).toHaveLength(2);
    server.answer({ data: null, stat });
    server.answer({ data: null, stat });
    await kept;
    expect([...server.watches.paths("data")]).toEqual(["/app/a"]);
  });

  it("fails as aborted, although the server cannot remove a watch", async () => {
    const { server, watch, getData: get } = started();
    const controller = new AbortController();
    const read = get("/a", { watch, signal: controller.signal });
    controller.abort();
    await expect(read).rejects.toMatchObject({ code: "ABORTED" });
    await continued();
    server.answer({ data: null, stat });
    server.refuse(ErrorCode.UNIMPLEMENTED);
    await continued();
    expect(server.calls).toHaveLength(2);
  });

  it("or could be, but fails for another reason, needs no removal", async () => {
    const { server, watch, getData: get } = started();
    const read = get("/a", { watch, signal: new AbortController().signal });
    server.lose("CONNECTION_LOSS");
    await expect(read).rejects.toMatchObject({ code: "CONNECTION_LOSS" });
    await continued();
    expect(server.calls).toHaveLength(1);
  });
});
