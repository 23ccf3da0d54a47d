import { expect, it } from "vitest";
import { hasPersistent, setWatchesBatches } from "./set-watches-batches.js";
import type { PersistentKind, WatchKind } from "./watch-kind.js";

const watching = (watches: { [K in WatchKind | PersistentKind]?: string[] }, inDoubt: string[] = []) => ({
  paths: (kind: WatchKind | PersistentKind) => (watches[kind] ?? []).values(),
  isInDoubt: (kind: WatchKind | PersistentKind, path: string) => inDoubt.includes(`${kind} ${path}`),
});

it("setWatchesBatches returns no request without watches", () => {
  expect(setWatchesBatches(watching({}), 1n)).toEqual([]);
});

it("setWatchesBatches puts every kind into its own list", () => {
  expect(
    setWatchesBatches(
      watching({ data: ["/d"], existence: ["/e"], children: ["/c", "/d"], persistent: ["/p"], recursive: ["/r"] }),
      5n,
    ),
  ).toEqual([
    {
      relativeZxid: 5n,
      dataWatches: ["/d"],
      existWatches: ["/e"],
      childWatches: ["/c", "/d"],
      persistentWatches: ["/p"],
      persistentRecursiveWatches: ["/r"],
    },
  ]);
});

it("setWatchesBatches sends watches in doubt after the others, with the zxid 0", () => {
  const watches = watching({ data: ["/a", "/b"], children: ["/a"] }, ["data /a", "children /a"]);
  expect(setWatchesBatches(watches, 5n)).toMatchObject([
    { relativeZxid: 5n, dataWatches: ["/b"], childWatches: [] },
    { relativeZxid: 0n, dataWatches: ["/a"], childWatches: ["/a"] },
  ]);
});

it("setWatchesBatches starts another batch at the size limit, with the same zxid, and loses no path", () => {
  const paths = Array.from({ length: 5_000 }, (_, i) => `/${"ü".repeat(20)}${i}`);
  const batches = setWatchesBatches(watching({ data: paths, children: paths }), 9n);
  const texts = batches.map((each) => [...each.dataWatches, ...each.childWatches].join(""));
  for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(128 * 1024);
  expect(batches.length).toBe(Math.ceil(Buffer.byteLength(texts.join("")) / (128 * 1024)));
  expect(batches.flatMap((each) => each.dataWatches)).toEqual(paths);
  expect(batches.flatMap((each) => each.childWatches)).toEqual(paths);
  expect(new Set(batches.map((each) => each.relativeZxid))).toEqual(new Set([9n]));
});

it("setWatchesBatches fills a batch to the byte", () => {
  const batches = setWatchesBatches(watching({ data: ["/aaaa", "/bbbb", "/cccc"] }), 1n, 10);
  expect(batches.map((each) => each.dataWatches)).toEqual([["/aaaa", "/bbbb"], ["/cccc"]]);
});

it("setWatchesBatches sends a path alone if it is longer than a batch", () => {
  const batches = setWatchesBatches(watching({ data: ["/a", `/${"x".repeat(50)}`, "/b"] }), 1n, 20);
  expect(batches.map((each) => each.dataWatches.length)).toEqual([1, 1, 1]);
});

it("hasPersistent returns true if a request requires setWatches2", () => {
  const needs = (watches: { [K in WatchKind | PersistentKind]?: string[] }) =>
    setWatchesBatches(watching(watches), 1n).map(hasPersistent);
  expect(needs({ data: ["/d"], existence: ["/e"], children: ["/c"] })).toEqual([false]);
  expect([needs({ persistent: ["/p"] }), needs({ recursive: ["/r"] })]).toEqual([[true], [true]]);
});
