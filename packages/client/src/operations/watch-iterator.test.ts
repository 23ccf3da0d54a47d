import { ErrorCode, EventType, WatcherType } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { continued, RecordedCalls } from "../../test-support/recorded-calls.js";
import type { WatchOptions } from "../api/operation-options.js";
import { WatchIterator } from "./watch-iterator.js";

const DONE = { done: true, value: undefined };
const gap = (reason: string) => ({ done: false, value: { type: "gap", path: "/a", reason } });
const changed = { done: false, value: { type: "nodeDataChanged", path: "/a" } };
const created = { done: false, value: { type: "nodeCreated", path: "/a" } };
const ended = { done: false, value: { type: "sessionEnded", path: "/a", state: "expired" } };

const started = (options: WatchOptions = {}, path = "/a") => {
  const server = new RecordedCalls("/app");
  const iterator = new WatchIterator(server.context, path, options);
  /** Passes events of the server to the iterator. */
  const notify = async (...types: number[]): Promise<void> => {
    for (const type of types) server.watches.notify({ type, state: 3, path: "/app/a" });
    await continued();
  };
  /** Reads the first event, after the server has added the watch. */
  const begun = async (): Promise<unknown> => {
    const first = iterator.next();
    server.answer({ err: ErrorCode.OK });
    return first;
  };
  return { server, iterator, notify, begun };
};
const { NODE_CREATED, NODE_DATA_CHANGED } = EventType;

describe("a watch as an iterator", () => {
  it("sends nothing before the first call of next, and adds its watch once", async () => {
    const { server, iterator, notify } = started({ recursive: true });
    expect(iterator[Symbol.asyncIterator]()).toBe(iterator);
    expect(server.calls).toEqual([]);
    const [first, second] = [iterator.next(), iterator.next()];
    expect(server.calls).toMatchObject([{ operation: "addWatch", request: { path: "/app/a", mode: 1 } }]);
    server.answer({ err: ErrorCode.OK });
    expect(await first).toEqual(gap("started"));
    await notify(NODE_CREATED);
    expect(await second).toEqual(created);
  });

  it("keeps the events that arrive between two calls of next, in their order", async () => {
    const { iterator, notify, begun } = started();
    await begun();
    await notify(NODE_CREATED, NODE_DATA_CHANGED);
    expect([await iterator.next(), await iterator.next()]).toEqual([created, changed]);
  });

  it("replaces the events by a gap if there are more than it may keep", async () => {
    const { iterator, notify, begun } = started({ maxBuffered: 2 });
    await begun();
    await notify(NODE_CREATED, NODE_DATA_CHANGED);
    expect([await iterator.next(), await iterator.next()]).toEqual([created, changed]);
    await notify(NODE_CREATED, NODE_CREATED, NODE_DATA_CHANGED);
    expect(await iterator.next()).toEqual(gap("overflow"));
    await notify(NODE_CREATED);
    expect(await iterator.next()).toEqual(created);
  });

  it.each([0, 1])("keeps one event at least, although maxBuffered is %i", async (maxBuffered) => {
    const { iterator, notify, begun } = started({ maxBuffered });
    await begun();
    await notify(NODE_CREATED);
    expect(await iterator.next()).toEqual(created);
    await notify(NODE_CREATED, NODE_CREATED);
    expect(await iterator.next()).toEqual(gap("overflow"));
  });

  it("keeps 1024 events by default", async () => {
    const { iterator, notify, begun } = started();
    await begun();
    await notify(...Array.from({ length: 1_024 }, () => NODE_CREATED));
    for (let each = 0; each < 1_024; each++) expect(await iterator.next()).toEqual(created);
    await notify(...Array.from({ length: 1_025 }, () => NODE_CREATED));
    expect(await iterator.next()).toEqual(gap("overflow"));
  });

  it("ends after the event for the end of the session, which is delivered even if others were dropped", async () => {
    for (const [maxBuffered, events] of [
      [1_024, [created, ended, DONE, DONE]],
      [1, [gap("overflow"), ended, DONE, DONE]],
    ] as const) {
      const { server, iterator, notify, begun } = started({ maxBuffered });
      await begun();
      await notify(NODE_CREATED);
      server.watches.end("expired");
      await continued();
      const read: unknown[] = [];
      for (const _event of events) read.push(await iterator.next());
      expect(read).toEqual(events);
    }
  });

  it("settles all waiting calls of next when the session ends", async () => {
    const { server, iterator, begun } = started();
    await begun();
    const waiting = [iterator.next(), iterator.next()];
    server.watches.end("expired");
    expect(await Promise.all(waiting)).toEqual([ended, DONE]);
  });

  it("reports once that the watch cannot be added, and is over", async () => {
    const { server, iterator } = started();
    const waiting = [iterator.next(), iterator.next()];
    const rejected = expect(waiting[0]).rejects.toMatchObject({ code: "NO_AUTH" });
    server.refuse(ErrorCode.NO_AUTH);
    await rejected;
    expect([await waiting[1], await iterator.next()]).toEqual([DONE, DONE]);
    expect(server.calls).toHaveLength(1);
  });

  it("of an invalid path is over", async () => {
    const { iterator } = started({}, "a");
    await expect(iterator.next()).rejects.toMatchObject({ code: "BAD_ARGUMENTS", path: "a" });
    expect(await iterator.next()).toEqual(DONE);
  });
});

describe("a watch as an iterator that the consumer leaves", () => {
  it("removes the watch, drops its events, and settles waiting calls of next", async () => {
    const { server, iterator, notify, begun } = started();
    await begun();
    await notify(NODE_CREATED);
    const left = iterator.return();
    await continued();
    expect(server.calls.slice(1)).toMatchObject([
      { operation: "removeWatches", request: { path: "/app/a", type: WatcherType.PERSISTENT } },
    ]);
    server.answer(undefined);
    expect([await left, await iterator.next()]).toEqual([DONE, DONE]);
  });

  it("settles waiting calls of next", async () => {
    const { iterator, begun } = started();
    await begun();
    const waiting = [iterator.next(), iterator.next()];
    void iterator.return();
    expect(await Promise.all(waiting)).toEqual([DONE, DONE]);
  });

  it("before the first call of next sends nothing, and stays over", async () => {
    const { server, iterator } = started();
    expect([await iterator.return(), await iterator.next()]).toEqual([DONE, DONE]);
    expect(server.calls).toEqual([]);
  });

  it("before the server has added the watch removes it afterwards, and delivers nothing", async () => {
    const controller = new AbortController();
    const { server, iterator } = started({ signal: controller.signal });
    const waiting = iterator.next();
    const left = iterator.return();
    expect(await waiting).toEqual(DONE);
    server.answer({ err: ErrorCode.OK });
    await continued();
    expect(server.calls.slice(1)).toMatchObject([{ operation: "removeWatches" }]);
    server.answer(undefined);
    expect(await left).toEqual(DONE);
    controller.abort();
    expect(await iterator.next()).toEqual(DONE);
  });

  it("before the server refuses the watch is over without an error", async () => {
    const { server, iterator } = started();
    void iterator.next();
    const left = iterator.return();
    server.refuse(ErrorCode.NO_AUTH);
    expect(await left).toEqual(DONE);
  });

  it("is over although the server cannot remove the watch", async () => {
    const { server, iterator, begun } = started();
    await begun();
    const left = iterator.return();
    await continued();
    server.refuse(ErrorCode.SYSTEM_ERROR);
    expect(await left).toEqual(DONE);
  });

  it("does not report that its signal aborts later", async () => {
    const controller = new AbortController();
    const { server, iterator, begun } = started({ signal: controller.signal });
    await begun();
    const left = iterator.return();
    await continued();
    server.answer(undefined);
    await left;
    controller.abort();
    expect(await iterator.next()).toEqual(DONE);
  });
});

describe("a watch as an iterator whose signal aborts", () => {
  const aborted = { code: "ABORTED", outcome: "not-applied", path: "/a", message: "watch /a: aborted by the caller" };

  it("rejects the waiting call of next, removes the watch, and is over", async () => {
    const controller = new AbortController();
    const { server, iterator, begun } = started({ signal: controller.signal });
    await begun();
    const rejected = expect(iterator.next()).rejects.toMatchObject({ ...aborted, cause: new Error("enough") });
    const second = iterator.next();
    controller.abort(new Error("enough"));
    await rejected;
    await continued();
    expect(server.calls.slice(1)).toMatchObject([{ operation: "removeWatches" }]);
    expect([await second, await iterator.next()]).toEqual([DONE, DONE]);
  });

  it("rejects the next call of next, once, if none waits", async () => {
    const controller = new AbortController();
    const { iterator, notify, begun } = started({ signal: controller.signal });
    await begun();
    await notify(NODE_CREATED);
    controller.abort();
    await expect(iterator.next()).rejects.toMatchObject(aborted);
    expect(await iterator.next()).toEqual(DONE);
  });

  it("before the server has added the watch rejects, and asks the server to remove it", async () => {
    const controller = new AbortController();
    const { server, iterator } = started({ signal: controller.signal });
    const rejected = expect(iterator.next()).rejects.toMatchObject({ code: "ABORTED", outcome: "unknown" });
    controller.abort();
    await rejected;
    await continued();
    expect(server.calls.slice(1)).toMatchObject([{ operation: "removeWatches" }]);
    expect(await iterator.next()).toEqual(DONE);
  });
});
