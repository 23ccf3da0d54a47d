import { data, type Field, int, raw, row } from "../wire/wire-field.ts";
import {
  acl,
  addAuth,
  check,
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
  multi,
  multiRead,
  OPEN,
  remove,
  setAcl,
  setData,
  whoAmI,
} from "../wire/wire-request.ts";
import { asks, type ScenarioGroup, scenario } from "./scenario.ts";

/** Digest identity of alice with the password `secret`. */
const ALICE = "alice:aYXlLOpEooaV1cRAvUL1fp9Qt7E=";

/** Valid and invalid ACL lists. */
const lists: readonly (readonly Field[])[] = [
  [],
  [acl(0, "world", "anyone")],
  [acl(31, "world", "anyone")],
  [acl(32, "world", "anyone")],
  [acl(-1, "world", "anyone")],
  [acl(31, "world", "somebody")],
  [acl(31, "world", "")],
  [acl(31, "", "")],
  [acl(31, "unknown", "x")],
  [acl(31, "WORLD", "anyone")],
  [acl(31, "auth", "")],
  [acl(31, "auth", "whatever")],
  [acl(31, "digest", "user:hash")],
  [acl(31, "digest", "user")],
  [acl(31, "digest", "user:")],
  [acl(31, "digest", ":hash")],
  [acl(31, "digest", "user:hash:more")],
  [acl(31, "digest", "")],
  [acl(31, "super", "anyone")],
  [acl(31, "x509", "CN=a")],
  [acl(31, "sasl", "bob")],
  [acl(31, "world", "anyone"), acl(1, "unknown", "x")],
  [acl(31, "unknown", "x"), acl(31, "world", "anyone")],
  [acl(31, "world", "anyone"), acl(31, "auth", "")],
];

const addresses = [
  ...[
    "127.0.0.1",
    "127.0.0.1/32",
    "127.0.0.0/8",
    "0.0.0.0/0",
    "10.0.0.0/8",
    "127.0.0.1/0",
    "127.0.0.1/33",
    "127.0.0.1/-1",
  ],
  ...[
    "127.0.0.1/",
    "127.0.0.1/8/8",
    "127.0.0.1/x",
    "127.0.0",
    "127.0.0.1.1",
    "256.0.0.1",
    "-1.0.0.1",
    "a.b.c.d",
    "",
    "/8",
  ],
  ...["127.0.0.1 ", "127.00.0.1", "127.0.0.0x1"],
];

/** All operations on a znode and its children, which permissions may deny. */
const everything = (path: string) => [
  ...[exists(path), getData(path), getChildren(path), getChildren2(path), getAllChildrenNumber(path), getAcl(path)],
  ...[
    setData(path, "x", 99),
    setData(path, "x"),
    create(`${path}/c`),
    create2(`${path}/c2`),
    createContainer(`${path}/cc`),
  ],
  ...[
    createTtl(`${path}/ct`, 1_000_000n),
    multi(check(path)),
    multi(setData(path, "x", 99)),
    multi(remove(`${path}/none`)),
  ],
  ...[multiRead(getData(path), getChildren(path)), remove(`${path}/none`), remove(`${path}/kept`, 99)],
  ...[setAcl(path, OPEN, 99), setAcl(path, [acl(31, "unknown", "x")])],
];

export const access: ScenarioGroup = {
  name: "access",
  scenarios: [
    asks("lists", (at) =>
      lists.flatMap((list, index) => [create(at(`/${index}`), { acl: list }), getAcl(at(`/${index}`))]),
    ),
    asks("lists-set", (at) => [create(at("/a")), ...lists.map((list) => setAcl(at("/a"), list)), getAcl(at("/a"))]),
    asks("addresses", (at) =>
      addresses.flatMap((address, index) => [
        create(at(`/${index}`), { acl: [acl(31, "ip", address)] }),
        getData(at(`/${index}`)),
      ]),
    ),
    ...[0, 1, 2, 4, 8, 16, 3, 30, 17].map((permissions) =>
      scenario(`permissions-${permissions}`, async (context, at) => {
        const client = await context.connect();
        await client.ask(
          create(at("/a")),
          create(at("/a/kept")),
          setAcl(at("/a"), [acl(permissions, "world", "anyone")]),
        );
        await client.ask(...everything(at("/a")), remove(at("/a/kept")), remove(at("/a")));
      }),
    ),
    asks("hidden-hashes", (at) => [
      create(at("/a"), { acl: [acl(31, "digest", ALICE), acl(1, "world", "anyone")] }),
      create(at("/b"), { acl: [acl(31, "digest", ALICE), acl(16, "world", "anyone")] }),
      create(at("/c"), { acl: [acl(31, "digest", ALICE), acl(14, "world", "anyone")] }),
      ...["/a", "/b", "/c"].map((path) => getAcl(at(path))),
    ]),
    scenario("digest", async (context, at) => {
      const alice = await context.connect();
      await alice.ask(addAuth("digest", "alice:secret"), whoAmI, addAuth("digest", "alice:secret"), whoAmI);
      await alice.ask(create(at("/hers"), { acl: [acl(31, "auth", "")] }), getAcl(at("/hers")));
      await alice.ask(create(at("/alices"), { acl: [acl(31, "digest", ALICE)] }), getAcl(at("/alices")));
      await alice.ask(
        create(at("/mixed"), { acl: [acl(1, "auth", "x"), acl(1, "world", "anyone")] }),
        getAcl(at("/mixed")),
      );
      await alice.ask(addAuth("digest", "bob:x"), whoAmI);
      const stranger = await context.connect();
      await stranger.ask(...everything(at("/alices")), addAuth("digest", "alice:wrong"), getData(at("/alices")));
      await stranger.ask(addAuth("digest", "alice:secret"), ...everything(at("/alices")));
    }),
    ...(
      [
        ["empty", addAuth("digest", "")],
        ["null", addAuth("digest", null)],
        ["no-colon", addAuth("digest", "alice")],
        ["two-colons", addAuth("digest", "alice:a:b")],
        ["no-password", addAuth("digest", "alice:")],
        ["no-name", addAuth("digest", ":secret")],
        ["bytes", addAuth("digest", row(int(4), raw("ff3a80fe")))],
        ["world", addAuth("world", "anyone")],
        ["ip", addAuth("ip", "10.0.0.1")],
        ["ip-null", addAuth("ip", null)],
        ["auth", addAuth("auth", "x")],
        ["super", addAuth("super", "x")],
        ["unknown", addAuth("unknown", "x")],
        ["no-scheme", addAuth("", "x")],
        ["null-scheme", addAuth(null, "x")],
        ["x509", addAuth("x509", "x")],
        ["sasl", addAuth("sasl", "x")],
        ["type-1", { ...addAuth("digest", "a:b"), body: row(int(1), data("digest"), data("a:b")) }],
        ["another-xid", { ...addAuth("digest", "a:b"), xid: 7 }],
        ["cut-short", { ...addAuth("digest", "a:b"), body: row(int(0), data("digest"), raw("000000")) }],
      ] as const
    ).map(([name, request]) => asks(`auth-${name}`, () => [request, whoAmI, whoAmI])),
    asks("access-by-multi", (at) => [create(at("/a")), multi(setAcl(at("/a"), OPEN))]),
    asks("acl-within-multi", (at) => [
      multi(create(at("/a"), { acl: [acl(1, "world", "anyone")] }), setData(at("/a"), "x")),
      multi(create(at("/a"), { acl: [acl(1, "world", "anyone")] }), create(at("/a/b"))),
      multi(create(at("/a"), { acl: [acl(2, "world", "anyone")] }), setData(at("/a"), "x"), check(at("/a"))),
      multi(create(at("/a"), { acl: [acl(2, "world", "anyone")] }), setData(at("/a"), "x")),
      exists(at("/a")),
    ]),
  ],
};
