import { AddWatchMode, ErrorCode, EventType, WatcherType } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { continued, RecordedCalls } from "../../test-support/recorded-calls.js";
import type { AddWatchOptions } from "../api/operation-options.js";
import type { PersistentWatchEvent } from "../api/watch-event.js";
import { addWatch } from "./add-watch.js";

/** A client with the chroot "/app", and the events that its listeners receive. */
const started = () => {
  const server = new RecordedCalls("/app");
  const events: PersistentWatchEvent[] = [];
  const add = (options: AddWatchOptions = {}, path = "/a") =>
    addWatch(server.context, path, (event) => events.push(event), options);
  /** Adds a watch that the server keeps. */
  const added = async (options: AddWatchOptions = {}) => {
    const adding = add(options);
    server.answer({ err: ErrorCode.OK });
    return adding;
  };
  const isKept = () =>
    (["persistent", "recursive"] as const).filter((kind) => server.watches.persistent.has(kind, "/app/a"));
  return { server, events, add, added, isKept };
};
const removal = (type: number) => ({
  operation: "removeWatches",
  request: { path: "/app/a", type },
  path: "/a",
  isWrite: false,
});

describe("addWatch", () => {
  it.each([
    [{}, AddWatchMode.PERSISTENT],
    [{ recursive: false }, AddWatchMode.PERSISTENT],
    [{ recursive: true }, AddWatchMode.PERSISTENT_RECURSIVE],
  ])("with the options %j adds a watch of the mode %i on the path under the chroot", async (options, mode) => {
    const { server, add } = started();
    const adding = add(options);
    const request = { path: "/app/a", mode };
    expect(server.calls).toEqual([{ operation: "addWatch", request, path: "/a", isWrite: true }]);
    server.answer({ err: ErrorCode.OK });
    const handle = await adding;
    expect([handle.path, handle.isActive]).toEqual(["/a", true]);
  });

  it("reports events from the answer on, of the paths below too if it is recursive", async () => {
    const { server, events, add } = started();
    const adding = add({ recursive: true });
    server.watches.notify({ type: EventType.NODE_CREATED, state: 3, path: "/app/a" });
    server.answer({ err: ErrorCode.OK });
    server.watches.notify({ type: EventType.NODE_CREATED, state: 3, path: "/app/a/b" });
    await adding;
    await continued();
    expect(events).toEqual([{ type: "nodeCreated", path: "/a/b" }]);
  });

  it("with an invalid path or listener is not sent", async () => {
    const { server, add, isKept } = started();
    const rejected = { code: "BAD_ARGUMENTS", outcome: "not-applied" };
    const message = 'addWatch "a": invalid path: it does not start with "/"';
    await expect(add({}, "a")).rejects.toMatchObject({ ...rejected, path: "a", message });
    await expect(addWatch(server.context, "/a", undefined as never, {})).rejects.toMatchObject({
      ...rejected,
      path: "/a",
      message: 'addWatch "/a": the listener must be a function',
    });
    expect([server.calls, isKept()]).toEqual([[], []]);
  });

  it.each(["CONNECTION_LOSS", "SESSION_EXPIRED", "CLOSED"] as const)(
    "that fails with %s leaves no subscription, and asks for no removal",
    async (code) => {
      const { server, add, isKept } = started();
      const adding = add();
      server.lose(code);
      await expect(adding).rejects.toMatchObject({ code, outcome: "unknown" });
      await continued();
      expect([isKept(), server.calls.length]).toEqual([[], 1]);
    },
  );

  it("that is aborted after it was sent is removed from the server", async () => {
    const { server, add, isKept } = started();
    const controller = new AbortController();
    const adding = add({ signal: controller.signal, recursive: true });
    controller.abort();
    await expect(adding).rejects.toMatchObject({ code: "ABORTED", outcome: "unknown" });
    await continued();
    expect([isKept(), server.calls.slice(1)]).toEqual([[], [removal(WatcherType.PERSISTENT_RECURSIVE)]]);
  });

  it("that is aborted before it was sent needs no removal", async () => {
    const { server, add, isKept } = started();
    await expect(add({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    await continued();
    expect([isKept(), server.calls]).toEqual([[], []]);
  });
});

describe("the removal of a persistent watch", () => {
  it.each([
    [false, WatcherType.PERSISTENT],
    [true, WatcherType.PERSISTENT_RECURSIVE],
  ])("(recursive: %j) is sent with the type %i, and ends the events", async (recursive, type) => {
    const { server, events, added, isKept } = started();
    const handle = await added({ recursive });
    const removing = handle.remove();
    expect([handle.isActive, isKept(), server.calls.slice(1)]).toEqual([false, [], [removal(type)]]);
    server.watches.notify({ type: EventType.NODE_CREATED, state: 3, path: "/app/a" });
    server.answer(undefined);
    expect(await removing).toBe(undefined);
    expect(events).toEqual([]);
  });

  it("is sent once, by whichever way the handle is released", async () => {
    const { server, added } = started();
    const handle = await added();
    const first = handle.remove();
    expect([handle.remove(), handle[Symbol.asyncDispose]()]).toEqual([first, first]);
    server.answer(undefined);
    await Promise.all([first, handle[Symbol.asyncDispose]()]);
    expect(server.calls).toHaveLength(2);
  });

  it("ends the events at once, although the session has just ended", async () => {
    const { server, events, added } = started();
    const handle = await added();
    server.watches.end("expired");
    await handle.remove();
    await continued();
    expect([events, server.calls.length]).toEqual([[], 1]);
  });

  it("is not sent while another listener shares the watch", async () => {
    const { server, added } = started();
    const [first, second] = [await added(), await added()];
    await first.remove();
    expect([server.calls.length, first.isActive, second.isActive]).toEqual([2, false, true]);
    void second.remove();
    expect(server.calls).toHaveLength(3);
  });

  it("is not sent without a connection, because the next one does not restore the watch", async () => {
    const { server, added, isKept } = started();
    const handle = await added();
    server.state = "suspended";
    await handle.remove();
    expect([server.calls.length, isKept()]).toEqual([1, []]);
  });

  it("succeeds if the server does not have the watch", async () => {
    const { server, added } = started();
    const removing = (await added()).remove();
    server.refuse(ErrorCode.NO_WATCHER);
    expect(await removing).toBe(undefined);
    expect(server.calls).toHaveLength(2);
  });

  it.each(["CONNECTION_LOSS", "SESSION_EXPIRED", "CLOSED"] as const)(
    "succeeds if it fails with %s, because the watch is lost as well",
    async (code) => {
      const { server, added } = started();
      const removing = (await added()).remove();
      server.lose(code);
      expect(await removing).toBe(undefined);
      expect(server.calls).toHaveLength(2);
    },
  );

  it("rejects with any other error of the server", async () => {
    const { server, added } = started();
    const removing = (await added()).remove();
    server.refuse(ErrorCode.SYSTEM_ERROR);
    await expect(removing).rejects.toMatchObject({ code: "SYSTEM_ERROR", path: "/a" });
    expect(server.calls).toHaveLength(2);
  });
});

describe("the removal on a server before 3.9, which knows the type of one-shot watches only,", () => {
  const refused = async () => {
    const context = started();
    const handle = await context.added();
    return { ...context, handle };
  };

  it("removes all watches of the path", async () => {
    const { server, handle } = await refused();
    const removing = handle.remove();
    server.refuse(ErrorCode.MARSHALLING_ERROR);
    await continued();
    expect(server.calls.slice(2)).toEqual([removal(WatcherType.ANY)]);
    server.answer(undefined);
    expect(await removing).toBe(undefined);
  });

  it.each(["data", "existence", "children"] as const)(
    "does nothing while a one-shot watch of the kind %s has the same path",
    async (kind) => {
      const { server, handle } = await refused();
      server.watches.add(kind, "/app/a", () => {});
      const removing = handle.remove();
      server.refuse(ErrorCode.MARSHALLING_ERROR);
      expect(await removing).toBe(undefined);
      expect(server.calls).toHaveLength(2);
    },
  );

  it.each([false, true])("does nothing while another one (recursive: %j) has the same path", async (recursive) => {
    const { server, add, added } = started();
    const handle = await added({ recursive: !recursive });
    const removing = handle.remove();
    void add({ recursive });
    server.refuse(ErrorCode.MARSHALLING_ERROR);
    expect(await removing).toBe(undefined);
    expect(server.calls.map(({ operation }) => operation)).toEqual(["addWatch", "removeWatches", "addWatch"]);
  });

  it("succeeds if the server has no watch there any more, and rejects with any other error", async () => {
    for (const [errno, code] of [
      [ErrorCode.NO_WATCHER, undefined],
      [ErrorCode.SYSTEM_ERROR, "SYSTEM_ERROR"],
    ] as const) {
      const { server, handle } = await refused();
      const removing = handle.remove().catch((error: { readonly code: string }) => error.code);
      server.refuse(ErrorCode.MARSHALLING_ERROR);
      await continued();
      server.refuse(errno);
      expect(await removing).toBe(code);
    }
  });
});
