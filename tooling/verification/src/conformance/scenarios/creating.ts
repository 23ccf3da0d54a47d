import { data, int, long, raw, row } from "../wire/wire-field.ts";
import {
  acl,
  create,
  create2,
  createContainer,
  createTtl,
  exists,
  getAcl,
  getChildren2,
  getData,
  OPEN,
  remove,
  setData,
  type WireRequest,
} from "../wire/wire-request.ts";
import { asks, type ScenarioGroup } from "./scenario.ts";

const flags = [-1, 0, 1, 2, 3, 4, 5, 6, 7, 99, 2 ** 31 - 1, -(2 ** 31)];

/** Invalid paths, and valid ones that look invalid. */
const paths: readonly string[] = [
  ...["", "no-slash", "/", "//", "/a/", "/a//b", "//a", "/.", "/..", "/a/.", "/a/..", "/a/./b", "/a/../b", "/..."],
  ...[
    "/.hidden",
    "/a.",
    "/ ",
    "/with space",
    "/\t",
    "/\u0000",
    "/a\u0000b",
    "/\u0001",
    "/\u001f",
    "/\u0020",
    "/\u007e",
  ],
  ...["/\u007f", "/\u0080", "/\u009f", "/\u00a0", "/gr\u00fcn", "/\u4e2d\u6587", "/\u2028", "/\ud7ff", "/\ue000"],
  ...["/\uf8ff", "/\uf900", "/\uffef", "/\ufff0", "/\uffff", "/\ufeff", "/\u{1f600}", "/\u{10000}", "/a\\b", "/%2e"],
];

/** Bytes that are not valid UTF-8, and some that only look invalid. */
const badUtf8: readonly string[] = [
  ...["80", "bf", "c0af", "c1bf", "c3", "c328", "e28", "e2", "e282", "e28228", "ed9fbf", "eda080", "edbfbf"],
  ...[
    "eda0bdedb880",
    "ee8080",
    "f0",
    "f09f",
    "f09f98",
    "f0808080",
    "f09f9880",
    "f4908080",
    "f8888080",
    "fe",
    "ff",
    "ffff",
  ],
].filter((hex) => hex.length % 2 === 0);

const named = (root: string, hex: string) => {
  const bytes = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(hex, "hex"), Buffer.from("z")]);
  return row(int(bytes.length), raw(bytes.toString("hex")));
};

/** Requests that create a znode, one for each operation of the protocol. */
const ways: readonly ((path: string, words?: object) => WireRequest)[] = [
  create,
  create2,
  createContainer,
  (path, words) => createTtl(path, 1000n, words),
];

export const creating: ScenarioGroup = {
  name: "create",
  scenarios: [
    asks("modes", (at) => flags.flatMap((mode) => [create(at(`/m${mode}`), { flags: mode }), exists(at(`/m${mode}`))])),
    asks("modes-2", (at) => flags.map((mode) => create2(at(`/m${mode}-`), { flags: mode }))),
    asks("modes-container", (at) =>
      flags.flatMap((mode) => [createContainer(at(`/m${mode}`), { flags: mode }), exists(at(`/m${mode}`))]),
    ),
    asks("modes-ttl", (at) => flags.map((mode) => createTtl(at(`/m${mode}`), 100_000n, { flags: mode }))),
    asks("ttls", (at) => [
      ...[1n, 100_000n, (1n << 40n) - 1n, 1n << 40n, (1n << 40n) + 1n, 1n << 62n, 0n, -1n, -(1n << 63n)].map((ttlMs) =>
        createTtl(at(`/t${ttlMs}`), ttlMs),
      ),
      createTtl(at("/s-"), 100_000n, { flags: 6 }),
      createTtl(at("/s-"), 0n, { flags: 6 }),
      createTtl(at("/none/s-"), 0n, { flags: 6 }),
      createTtl("bad", 0n),
      createTtl("bad", 5n),
      getChildren2(at("")),
    ]),
    asks("data", (at) => [
      create(at("/null"), { data: null }),
      create(at("/empty"), { data: "" }),
      create(at("/bytes"), { data: row(int(3), raw("00ff80")) }),
      create(at("/large"), { data: data(Buffer.alloc(100_000, 7)) }),
      ...["/null", "/empty", "/bytes", "/large"].map((path) => getData(at(path))),
      setData(at("/null"), ""),
      getData(at("/null")),
      setData(at("/empty"), null),
      getData(at("/empty")),
    ]),
    asks("twice", (at) => ways.flatMap((make, index) => [make(at(`/${index}`)), make(at(`/${index}`))])),
    asks("without-parent", (at) => ways.map((make) => make(at("/none/child")))),
    asks("below-ephemeral", (at) => [
      create(at("/e"), { flags: 1 }),
      ...ways.map((make) => make(at("/e/child"))),
      create(at("/e/s-"), { flags: 2 }),
      create(at("/e/bad/")),
      create(at("/e//")),
    ]),
    asks("sequences", (at) => [
      create(at("/s-"), { flags: 2 }),
      create(at("/s-"), { flags: 3 }),
      create2(at("/s-"), { flags: 2 }),
      create(at("/"), { flags: 2 }),
      create2(at("/"), { flags: 3 }),
      create(at("/plain")),
      remove(at("/plain")),
      create(at("/after-a-plain-one-"), { flags: 2 }),
      remove(at("/s-0000000000")),
      create(at("/s-"), { flags: 2 }),
      create(at("/s-0000000009")),
      create(at("/s-"), { flags: 2 }),
      create(at("/s-"), { flags: 2 }),
      create(at("/none/s-"), { flags: 2 }),
      create("s-", { flags: 2 }),
      create("", { flags: 2 }),
      create(at("/."), { flags: 2 }),
      create(at("/.."), { flags: 2 }),
      create(at("//"), { flags: 2 }),
      create(at("/\u0001"), { flags: 2 }),
      getChildren2(at("")),
    ]),
    asks("paths", (at) => paths.map((path) => create(path.startsWith("/") && path !== "/" ? at(path) : path))),
    asks("paths-2", (at) => paths.map((path) => create2(path.startsWith("/") && path !== "/" ? at(path) : path))),
    asks("paths-made", (at) => [getChildren2(at("")), exists(at("/a"))]),
    asks("utf-8", (at) => [...badUtf8.map((hex) => create(named(at(""), hex))), getChildren2(at(""))]),
    asks("null-path", () => [create(null)]),
    asks("null-path-2", () => [create2(null)]),
    asks("null-acl", (at) => [create(at("/a"), { acl: null }), create(at("/none/a"), { acl: null })]),
    asks("everything-wrong", (at) => [
      create("bad", { acl: [], flags: 99 }),
      create("bad", { acl: [] }),
      create(at("/none/bad/"), { acl: [] }),
      create(at("/none/bad/")),
      create(at("/bad/"), { acl: [] }),
      create(at("/bad/")),
      createTtl("bad", 0n, { acl: [], flags: 99 }),
      createTtl("bad", 0n, { acl: [], flags: 0 }),
      createTtl("bad", 5n, { acl: [], flags: 0 }),
      createTtl(at("/none/x"), 5n, { acl: [] }),
    ]),
    asks("reserved", () => [
      create("/zookeeper"),
      create("/zookeeper/config"),
      create("/zookeeper/quota"),
      create("/zookeeper/mine"),
      create("/zookeeper/quota/mine"),
      create("/zookeeper/config/mine"),
      getAcl("/zookeeper/mine"),
      remove("/zookeeper/mine"),
      remove("/zookeeper/quota/mine"),
      remove("/zookeeper/config/mine"),
    ]),
    asks("trailing-bytes", (at) => {
      const made = create(at("/a"));
      return [{ ...made, body: row(made.body, raw("cafe")) }, exists(at("/a"))];
    }),
    asks("create2-as-create", (at) => [
      { ...create(at("/ttl"), { flags: 5 }), body: row(create(at("/ttl"), { flags: 5 }).body, long(5n)) },
      create(at("/same"), { acl: [...OPEN, ...OPEN, acl(1, "world", "anyone")] }),
      getAcl(at("/same")),
    ]),
  ],
};
