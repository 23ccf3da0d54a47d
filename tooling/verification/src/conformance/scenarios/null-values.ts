import { data, type Field, long } from "../wire/wire-field.ts";
import {
  acl,
  addAuth,
  addWatch,
  check,
  checkWatches,
  create,
  create2,
  createContainer,
  createTtl,
  exists,
  getAcl,
  getAllChildrenNumber,
  getChildren,
  getChildren2,
  getData,
  getEphemerals,
  multi,
  multiRead,
  reconfig,
  remove,
  removeWatches,
  sasl,
  setAcl,
  setData,
  setWatches,
  setWatches2,
  sync,
  type WatchedPaths,
  type WireRequest,
  whoAmI,
} from "../wire/wire-request.ts";
import { type At, asks, type ScenarioGroup, scenario } from "./scenario.ts";

/*
 * Clients write null, the length -1, for an empty string or an empty vector: kazoo does for the id of the scheme `auth`.
 * These scenarios send null in the place of each string and each vector of each request.
 */

/** Sends the requests, then pings and reads the tree. */
const probe = (name: string, requests: (at: At) => readonly WireRequest[]) =>
  asks(name, (at) => [...requests(at), exists(at("")), getChildren(at(""))]);

/** Sends a request that ends the connection, and waits for that end. */
const ending = (name: string, request: WireRequest) =>
  scenario(name, async (context, at) => {
    const client = await context.connect();
    await client.ask(request);
    await client.untilEnd();
    const other = await context.connect();
    await other.ask(exists(at("")));
  });

type Make = (path: string | null, words?: object) => WireRequest;
const ways: readonly (readonly [string, Make])[] = [
  ["create", create],
  ["create2", create2],
  ["createContainer", createContainer],
  ["createTTL", (path, words) => createTtl(path, 100_000n, words)],
];

/** Requests that carry a path, here without one. */
const withoutPath: readonly (readonly [string, WireRequest])[] = [
  ...ways.map(([name, make]) => [name, make(null)] as const),
  ...[1, 2, 3].map((flags) => [`create-mode-${flags}`, create(null, { flags })] as const),
  ["createTTL-sequence", createTtl(null, 100_000n, { flags: 6 })],
  ["delete", remove(null)],
  ["delete-version", remove(null, 3)],
  ["exists", exists(null)],
  ["exists-watch", exists(null, true)],
  ["getData", getData(null)],
  ["getData-watch", getData(null, true)],
  ["setData", setData(null, "x")],
  ["setData-all", setData(null, null)],
  ["getACL", getAcl(null)],
  ["setACL", setAcl(null, [acl(31, "world", "anyone")])],
  ["setACL-all", setAcl(null, null)],
  ["getChildren", getChildren(null)],
  ["getChildren-watch", getChildren(null, true)],
  ["getChildren2", getChildren2(null)],
  ["getChildren2-watch", getChildren2(null, true)],
  ["sync", sync(null)],
  ["getEphemerals", getEphemerals(null)],
  ["getAllChildrenNumber", getAllChildrenNumber(null)],
  ...[0, 1, 2].map((mode) => [`addWatch-${mode}`, addWatch(null, mode)] as const),
  ...[1, 2, 3, 4, 5, 6].flatMap(
    (type) =>
      [
        [`removeWatches-${type}`, removeWatches(null, type)],
        [`checkWatches-${type}`, checkWatches(null, type)],
      ] as const,
  ),
];

/** ACL lists with a null in each place. */
const lists: readonly (readonly [string, readonly Field[] | null])[] = [
  ["no-list", null],
  ["no-scheme-no-id", [acl(31, null, null)]],
  ["no-scheme", [acl(31, null, "anyone")]],
  ...["world", "auth", "digest", "ip", "super", "sasl", "x509", "unknown", ""].map(
    (scheme) => [scheme === "" ? "empty-scheme" : scheme, [acl(31, scheme, null)]] as const,
  ),
  ["good-first", [acl(31, "world", "anyone"), acl(31, "digest", null)]],
  ["good-last", [acl(31, "digest", null), acl(31, "world", "anyone")]],
  ["good-and-auth", [acl(31, "world", "anyone"), acl(31, "auth", null)]],
  ["unknown-first", [acl(31, "unknown", "x"), acl(31, "digest", null)]],
  ["unknown-last", [acl(31, "digest", null), acl(31, "unknown", "x")]],
  ["no-scheme-last", [acl(31, "world", "anyone"), acl(31, null, null)]],
  ["auth-twice", [acl(31, "auth", null), acl(1, "auth", null), acl(31, "auth", "")]],
  ["no-permissions", [acl(0, "auth", null)]],
];

/** Sets an ACL list in each possible way, each on its own znode, and reads the resulting lists. */
const listed = (at: At, list: readonly Field[] | null): readonly WireRequest[] => [
  create(at("/set")),
  setAcl(at("/set"), list),
  getAcl(at("/set")),
  ...ways.flatMap(([name, make]) => [
    make(at(`/${name}`), { acl: list }),
    getAcl(at(`/${name}`)),
    multi(make(at(`/multi-${name}`), { acl: list })),
    getAcl(at(`/multi-${name}`)),
  ]),
  create(at("/none/x"), { acl: list }),
  create("bad", { acl: list }),
  setAcl(at("/none"), list),
  setAcl(at("/set"), list, 9),
];

/** Reads of a multi, which answers each of them by itself. */
const partsOfReads = [getData(null), getChildren(null), getData(null, true)];
const partsOfWrites = (at: At): readonly WireRequest[] => [
  ...ways.map(([, make]) => make(null)),
  ...ways.map(([, make]) => make(null, { data: null, acl: null })),
  create(null, { flags: 3 }),
  remove(null),
  setData(null, "x"),
  setData(null, null),
  check(null),
  create(at("/no-acl"), { acl: null }),
];

/** Lists of paths for setWatches, with a null for the list at `missing`. */
const withoutList = (kinds: number, missing: number, paths: readonly string[]): WatchedPaths =>
  Array.from({ length: kinds }, (_, kind) => (kind === missing ? null : paths));
const withNullPath = (kinds: number, at: number, path: string): WatchedPaths =>
  Array.from({ length: kinds }, (_, kind) => (kind === at ? [path, null] : [path]));

/** Gives watches by lists with a null, then changes the znode: the events show which of the watches were taken. */
const watchesOf = (name: string, reset: typeof setWatches, kinds: (at: At) => WatchedPaths) =>
  asks(name, (at) => [
    create(at("/a")),
    reset(long(2n ** 62n, "far"), kinds(at)),
    create(at("/a/b")),
    setData(at("/a"), "x"),
    remove(at("/a/b")),
    exists(at("/a")),
  ]);

export const nullValues: ScenarioGroup = {
  name: "null",
  scenarios: [
    ...withoutPath.map(([name, request]) => probe(`path-${name}`, () => [request])),
    // A path of null that is watched: removed again, checked, and left while the tree changes.
    probe("path-watched", (at) => [
      addWatch(null, 0),
      addWatch(null, 1),
      checkWatches(null, 3),
      checkWatches(null, 4),
      create(at("/a")),
      remove(at("/a")),
      removeWatches(null, 3),
      checkWatches(null, 3),
    ]),
    probe("ephemerals-there", (at) => [
      create(at("/e"), { flags: 1 }),
      getEphemerals(null),
      getEphemerals(""),
      getEphemerals("/"),
    ]),

    ...ways.map(([name, make]) =>
      probe(`data-${name}`, (at) => [
        make(at("/a"), { data: null }),
        getData(at("/a")),
        multi(make(at("/b"), { data: null })),
        getData(at("/b")),
        multiRead(getData(at("/a")), getData(at("/b"))),
      ]),
    ),
    probe("data-setData", (at) => [
      create(at("/a")),
      setData(at("/a"), null),
      getData(at("/a")),
      setData(at("/a"), "x"),
      multi(setData(at("/a"), null)),
      getData(at("/a")),
      setData(at("/none"), null),
      setData(at("/a"), null, 9),
    ]),

    ...lists.map(([name, list]) => probe(`acl-${name}`, (at) => listed(at, list))),
    ...lists.map(([name, list]) =>
      probe(`acl-known-${name}`, (at) => [addAuth("digest", "alice:secret"), ...listed(at, list)]),
    ),
    probe("acl-auth-everyone", (at) => [
      addAuth("ip", "127.0.0.1"),
      addAuth("digest", "alice:secret"),
      addAuth("digest", "bob:x"),
      create(at("/a"), { acl: [acl(31, "auth", null)] }),
      getAcl(at("/a")),
    ]),

    probe("parts-alone", (at) => partsOfWrites(at).map((part) => multi(part))),
    probe("parts-first", (at) => partsOfWrites(at).map((part) => multi(part, create(at("/never"))))),
    probe("parts-last", (at) => partsOfWrites(at).map((part) => multi(create(at("/never")), part))),
    probe("parts-that-fail-too", (at) => partsOfWrites(at).map((part) => multi(check(at("/none")), part))),
    ...partsOfReads.map((part, index) => probe(`parts-read-${index}`, () => [multiRead(part)])),
    // After an error, the answer contains the results of the reads before it: without a Stat, as no layout hides its times.
    probe("parts-read-among-others", (at) => [multiRead(getChildren(at("")), getData(null), getData(at("")))]),

    ...["digest", "ip", "world", "auth", "super", "sasl", "x509", "unknown", ""].map((scheme) =>
      asks(`auth-${scheme === "" ? "empty-scheme" : scheme}`, () => [addAuth(scheme, null), whoAmI]),
    ),
    asks("auth-no-scheme", () => [addAuth(null, "a:b"), whoAmI]),
    asks("auth-all", () => [addAuth(null, null), whoAmI]),
    asks("auth-after-a-good-one", () => [addAuth("digest", "a:b"), addAuth("digest", null), whoAmI]),
    ending("sasl", sasl(null)),

    ...[0, 1, 2].flatMap((kind) => [
      watchesOf(`watches-no-list-${kind}`, setWatches, (at) => withoutList(3, kind, [at("/a")])),
      watchesOf(`watches-no-path-${kind}`, setWatches, (at) => withNullPath(3, kind, at("/a"))),
    ]),
    ...[0, 1, 2, 3, 4].flatMap((kind) => [
      watchesOf(`watches-2-no-list-${kind}`, setWatches2, (at) => withoutList(5, kind, [at("/a")])),
      watchesOf(`watches-2-no-path-${kind}`, setWatches2, (at) => withNullPath(5, kind, at("/a"))),
    ]),
    watchesOf("watches-no-lists", setWatches, () => [null, null, null]),
    watchesOf("watches-2-no-lists", setWatches2, () => [null, null, null, null, null]),

    asks("reconfig", () =>
      [0, 1, 2, 3, 4, 5, 6, 7].map((set) =>
        reconfig(set & 1 ? "x" : null, set & 2 ? "1" : null, set & 4 ? "y" : null, -1n),
      ),
    ),

    ...[0n, 5n].map((session) =>
      scenario(`password-of-session-${session}`, async (context, at) => {
        const client = await context.connect({ session: long(session), password: data(null) });
        await client.ask(exists(at("")));
      }),
    ),
    scenario("password-of-the-oldest-clients", async (context, at) => {
      const client = await context.connect({ password: data(null), readOnly: undefined });
      await client.ask(exists(at("")));
    }),
    scenario("password-of-a-living-session", async (context, at) => {
      const owner = await context.connect();
      await owner.ask(create(at("/e"), { flags: 1 }));
      const { session } = owner.credentials;
      const other = await context.connect({ session, password: data(null) });
      await other.untilEnd();
      const back = await context.connect(owner.credentials);
      // Apache ends it with the wrong password already, ours does not.
      await owner.untilEnd();
      await back.ask(exists(at("/e")));
    }),
  ],
};

/** Null values on a server that enforces quotas. */
export const nullUnderQuota: ScenarioGroup = {
  name: "null-strict",
  scenarios: [
    asks("data", (at) => [
      create(`/zookeeper/quota${at("")}`, { data: null }),
      create(`/zookeeper/quota${at("")}/zookeeper_limits`, {
        data: "count=-1,bytes=-1=;byteHardLimit=20;countHardLimit=9",
      }),
      create(`/zookeeper/quota${at("")}/zookeeper_stats`, { data: "count=0,bytes=0" }),
      ...ways.slice(0, 3).map(([name, make]) => make(at(`/${name}`), { data: null })),
      setData(at("/create"), null),
      setData(at("/create"), "0123456789"),
      setData(at("/create"), null),
      multi(setData(at("/create"), null), create(at("/b"), { data: null })),
      getData(`/zookeeper/quota${at("")}/zookeeper_stats`),
    ]),
    asks("ttl-disabled", (at) => [createTtl(null, 5n), createTtl(at("/t"), 5n, { data: null, acl: null })]),
    asks("super-user", (at) => [
      addAuth("digest", "super:secret"),
      ...["auth", "super", "digest", "world"].flatMap((scheme) => [
        create(at(`/${scheme}`), { acl: [acl(31, scheme, null)] }),
        getAcl(at(`/${scheme}`)),
      ]),
      reconfig(null, null, null, -1n),
    ]),
  ],
};

/** Null values on a server with SASL. */
export const nullWithSasl: ScenarioGroup = {
  name: "null-sasl",
  scenarios: [
    ...["sasl", "auth", "digest", "world"].map((scheme) =>
      probe(`acl-${scheme}`, (at) => listed(at, [acl(31, scheme, null)])),
    ),
    ending("token", sasl(null)),
    scenario("token-second", async (context) => {
      const client = await context.connect();
      await client.ask(sasl(""), sasl(null));
      await client.untilEnd();
    }),
    asks("auth", () => [addAuth("sasl", null), whoAmI]),
  ],
};
