import { int, long, raw, row } from "../wire/wire-field.ts";
import {
  acl,
  addWatch,
  checkWatches,
  closeSession,
  create,
  createContainer,
  exists,
  getChildren,
  getChildren2,
  getData,
  multi,
  remove,
  removeWatches,
  setAcl,
  setData,
  setWatches,
  setWatches2,
  type WireRequest,
} from "../wire/wire-request.ts";
import { asks, type ScenarioGroup, scenario } from "./scenario.ts";

const CHILDREN = 1;
const DATA = 2;
const ANY = 3;

/** All changes of a znode and its child, then the same changes again without watches. */
const life = (path: string): readonly WireRequest[] => [
  create(path),
  setData(path, "x"),
  setAcl(path, [acl(31, "world", "anyone")]),
  create(`${path}/a`),
  create(`${path}/s-`, { flags: 2 }),
  setData(`${path}/a`, "y"),
  create(`${path}/a/deep`),
  remove(`${path}/a/deep`),
  remove(`${path}/a`),
  remove(`${path}/s-0000000001`),
  remove(path),
  create(path),
  remove(path),
];

const kinds = (path: string): readonly (readonly [string, WireRequest])[] => [
  ["data", getData(path, true)],
  ["exists", exists(path, true)],
  ["children", getChildren(path, true)],
  ["children-2", getChildren2(path, true)],
  ["persistent", addWatch(path, 0)],
  ["recursive", addWatch(path, 1)],
];

const names = kinds("").map(([name]) => name);
const watch = (kind: string, path: string): WireRequest => kinds(path).find(([name]) => name === kind)![1];

export const watching: ScenarioGroup = {
  name: "watch",
  scenarios: [
    ...names.flatMap((kind) => [
      asks(`own-${kind}`, (at) => [watch(kind, at("/a")), ...life(at("/a"))]),
      scenario(`of-${kind}`, async (context, at) => {
        const [watcher, writer] = [await context.connect(), await context.connect()];
        await watcher.ask(watch(kind, at("/a")));
        for (const request of life(at("/a"))) {
          await writer.ask(request);
          await watcher.ask(watch(kind, at("/a")));
        }
      }),
      asks(`there-${kind}`, (at) => [
        create(at("/a")),
        watch(kind, at("/a")),
        watch(kind, at("/a")),
        ...life(at("/a/b")).slice(0, 3),
        remove(at("/a/b")),
        setData(at("/a"), "x"),
        setData(at("/a"), "y"),
        remove(at("/a")),
        create(at("/a")),
      ]),
    ]),
    asks("all-kinds-once", (at) => [
      create(at("/a")),
      ...["data", "exists", "children", "children-2"].map((kind) => watch(kind, at("/a"))),
      watch("children", at("")),
      create(at("/a/b")),
      setData(at("/a"), "x"),
      ...["data", "children"].map((kind) => watch(kind, at("/a"))),
      remove(at("/a/b")),
      remove(at("/a")),
      watch("exists", at("/a")),
      watch("children", at("")),
      create(at("/a")),
    ]),
    asks("delete-tells-once", (at) => [
      create(at("/a")),
      watch("data", at("/a")),
      watch("children", at("/a")),
      watch("children", at("")),
      remove(at("/a")),
    ]),
    asks("multi", (at) => [
      create(at("/a")),
      ...["data", "children"].map((kind) => watch(kind, at("/a"))),
      watch("children", at("")),
      watch("exists", at("/b")),
      multi(setData(at("/a"), "x"), remove(at("/none"))),
      multi(setData(at("/a"), "x"), create(at("/b")), create(at("/a/c")), setData(at("/b"), "y"), remove(at("/b"))),
    ]),
    asks("modes", (at) => [-1, 2, 3, 0, 1].map((mode) => addWatch(at("/a"), mode))),
    asks("bad-paths", () => ["", "bad", "/a/", "/a//b"].flatMap((path) => [addWatch(path, 0), addWatch(path, 1)])),
    asks("null-path-of-add", (at) => [addWatch(null, 0), exists(at(""))]),
    asks("cut-add", (at) => [{ ...addWatch(at(""), 0), body: raw("00000001") }, exists(at(""))]),
    scenario("hidden", async (context, at) => {
      const [watcher, writer] = [await context.connect(), await context.connect()];
      const closed = [acl(30, "world", "anyone")];
      await writer.ask(create(at("/a"), { acl: closed }), create(at("/b")));
      await watcher.ask(
        exists(at("/a"), true),
        getData(at("/a"), true),
        getChildren(at("/a"), true),
        addWatch(at("/a"), 0),
      );
      await watcher.ask(getData(at("/b"), true), getChildren(at("/b"), true), exists(at("/c"), true));
      await writer.ask(setAcl(at("/b"), closed), setData(at("/a"), "x"), create(at("/a/x")), setData(at("/b"), "x"));
      await watcher.catchUp();
      await writer.ask(create(at("/b/x")), create(at("/c"), { acl: closed }), remove(at("/b/x")), remove(at("/b")));
      await writer.ask(remove(at("/a/x")), remove(at("/a")));
      await watcher.catchUp();
    }),
    scenario("session-end", async (context, at) => {
      const [watcher, owner] = [await context.connect(), await context.connect()];
      await owner.ask(create(at("/e"), { flags: 1 }));
      await watcher.ask(exists(at("/e"), true), getChildren(at(""), true), addWatch(at("/e"), 0));
      await owner.ask(closeSession);
      await watcher.catchUp();
    }),
    asks("check-and-remove", (at) => {
      const all = (path: string) => [DATA, CHILDREN, ANY].map((type) => checkWatches(at(path), type));
      const off = (path: string) => [CHILDREN, DATA, ANY].map((type) => removeWatches(at(path), type));
      return [
        ...[create(at("/a")), ...all("/a"), ...off("/a")],
        ...[watch("data", at("/a")), ...all("/a"), ...off("/a")],
        ...[watch("children", at("/a")), ...all("/a"), ...off("/a")],
        ...[watch("exists", at("/none")), ...all("/none"), ...off("/none")],
        ...[
          watch("data", at("/a")),
          watch("children", at("/a")),
          ...all("/a"),
          removeWatches(at("/a"), ANY),
          ...all("/a"),
        ],
        ...[watch("persistent", at("/a")), ...all("/a"), removeWatches(at("/a"), ANY), ...all("/a")],
        ...[watch("recursive", at("/a")), ...all("/a"), removeWatches(at("/a"), ANY), ...all("/a")],
        ...[create(at("/a/b")), setData(at("/a"), "unseen"), remove(at("/a/b")), remove(at("/a"))],
      ];
    }),
    asks("check-odd-types", (at) => [
      ...[create(at("/a")), watch("data", at("/a"))],
      ...[0, 6, -1, 99].map((type) => checkWatches(at("/a"), type)),
    ]),
    ...[0, 6, -1].map((type) =>
      asks(`remove-type-${type}`, (at) => [watch("data", at("")), removeWatches(at(""), type), exists(at(""))]),
    ),
    asks("remove-paths", () =>
      ["", "bad", "/a/"].flatMap((path) => [checkWatches(path, ANY), removeWatches(path, ANY)]),
    ),
    asks("remove-null-path", (at) => [removeWatches(null, ANY), exists(at(""))]),
    asks("check-null-path", (at) => [checkWatches(null, ANY), exists(at(""))]),
    scenario("reset", async (context, at) => {
      const writer = await context.connect();
      await writer.ask(create(at("/old")), create(at("/changed")), create(at("/parent")), create(at("/gone")));
      await writer.ask(setData(at("/changed"), "x"), create(at("/parent/new")), remove(at("/gone")));
      const watcher = await context.connect();
      const since = context.zxid(5);
      const paths = ["/old", "/changed", "/parent", "/gone", "/none"].map((path) => at(path));
      await watcher.ask(setWatches(since, [paths, paths, paths]));
      await writer.ask(
        ...paths.slice(0, 3).map((path) => setData(path, "again")),
        create(at("/none")),
        create(at("/gone")),
      );
      await watcher.catchUp();
      await writer.ask(create(at("/old/a")), create(at("/parent/b")), create(at("/changed/c")));
      await watcher.catchUp();
    }),
    scenario("reset-2", async (context, at) => {
      const [writer, watcher] = [await context.connect(), await context.connect()];
      await writer.ask(create(at("/old")), create(at("/changed")), create(at("/gone")));
      await writer.ask(setData(at("/changed"), "x"), remove(at("/gone")));
      await watcher.ask(setWatches2(context.zxid(5), [[], [], [], [at("/old"), at("/gone")], [at("/changed")]]));
      await writer.ask(...life(at("/gone")), ...life(at("/changed/deep")), ...life(at("/old/deep")));
      await watcher.catchUp();
    }),
    scenario("reset-every-kind", async (context, at) => {
      const [writer, watcher] = [await context.connect(), await context.connect()];
      await writer.ask(create(at("/old")), create(at("/changed")), create(at("/gone")));
      await writer.ask(setData(at("/changed"), "x"), remove(at("/gone")));
      const paths = ["/old", "/changed", "/gone"].map((path) => at(path));
      await watcher.ask(setWatches2(context.zxid(5), [paths, paths, paths, paths, paths]));
      await writer.ask(
        setData(at("/old"), "x"),
        create(at("/old/new")),
        create(at("/changed/new")),
        create(at("/gone")),
      );
      await watcher.catchUp();
    }),
    scenario("reset-of-a-session", async (context, at) => {
      const writer = await context.connect();
      await writer.ask(create(at("/a")));
      const watcher = await context.connect();
      await watcher.ask(getData(at("/a"), true), getChildren(at("/a"), true), exists(at("/b"), true));
      watcher.leave();
      await writer.ask(setData(at("/a"), "x"), create(at("/b")), create(at("/a/c")));
      const back = await context.connect(watcher.credentials);
      await back.ask(setWatches(context.zxid(2), [[at("/a")], [at("/b")], [at("/a")]]), getData(at("/a"), true));
      await writer.ask(setData(at("/a"), "y"));
      await back.catchUp();
    }),
    asks("reset-nothing", () => [setWatches(long(0n), [[], [], []]), setWatches2(long(0n), [[], [], [], [], []])]),
    asks("reset-far", (at) => [
      setWatches(long(2n ** 62n, "far"), [[at("")], [at("")], [at("")]]),
      setData(at(""), "x"),
    ]),
    asks("reset-negative", (at) => [setWatches(long(-1n), [[at("")], [at("/none")], [at("")]]), setData(at(""), "x")]),
    asks("reset-bad-paths", () => [
      setWatches(long(0n), [
        ["bad", ""],
        ["/a/", "x"],
        ["bad", "//"],
      ]),
    ]),
    asks("reset-null", (at) => [
      { ...setWatches(long(0n), []), body: row(long(0n), int(-1), int(-1), int(-1)) },
      exists(at("")),
    ]),
    asks("reset-cut", (at) => [{ ...setWatches(long(0n), []), body: row(long(0n), int(1)) }, exists(at(""))]),
    asks("reset-another-xid", (at) => [{ ...setWatches(long(0n), [[at("/none")], [], []]), xid: 5 }, exists(at(""))]),
    asks("containers", (at) => [
      createContainer(at("/c")),
      watch("children", at("/c")),
      create(at("/c/a")),
      remove(at("/c/a")),
    ]),
  ],
};
