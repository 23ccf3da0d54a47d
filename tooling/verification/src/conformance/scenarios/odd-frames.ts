import { data, type Field, int, long, raw, row } from "../wire/wire-field.ts";
import {
  addWatch,
  anyRequest,
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
  ofUnknownType,
  remove,
  removeWatches,
  sasl,
  setAcl,
  setData,
  sync,
  type WireRequest,
  whoAmI,
} from "../wire/wire-request.ts";
import { asks, type ScenarioGroup, scenario } from "./scenario.ts";

/** All requests that begin with a path. */
const withPath: readonly WireRequest[] = [
  create("/x"),
  create2("/x"),
  createContainer("/x"),
  createTtl("/x", 5n),
  remove("/x"),
  exists("/x"),
  getData("/x"),
  setData("/x", "x"),
  getAcl("/x"),
  setAcl("/x", []),
  getChildren("/x"),
  getChildren2("/x"),
  sync("/x"),
  getEphemerals("/x"),
  getAllChildrenNumber("/x"),
  addWatch("/x", 0),
  removeWatches("/x", 3),
];

/** Sends requests, then pings and reads the tree. */
const alone = (name: string, request: WireRequest) =>
  asks(name, (at) => [request, exists(at("")), getChildren(at(""))]);
/** Sends a request that ends the connection, and waits for that end: a later request may or may not be answered. */
const last = (name: string, request: WireRequest) =>
  scenario(name, async (context, at) => {
    const client = await context.connect();
    await client.ask(request);
    await client.untilEnd();
    const other = await context.connect();
    await other.ask(exists(at("")), getChildren(at("")));
  });
const bodies = (suffix: string, body: Field) =>
  withPath.map((request) => alone(`${request.name}-${suffix}`, { ...request, body }));

/** Frames that are not a request, after a valid handshake; then a ping. */
const frame = (name: string, body: Field) =>
  scenario(name, async (context) => {
    const client = await context.connect();
    client.sendFrame(body);
    await client.catchUp();
  });

/** Default of `jute.maxbuffer`. */
const MAX_FRAME = 0xfffff;

/** A create whose frame has this length. */
const createOfFrame = (path: string, frameBytes: number): WireRequest => {
  const without = 8 + create(path, { data: "" }).body.bytes.length;
  return create(path, { data: data(Buffer.alloc(frameBytes - without)) });
};

/** Frames in place of a handshake. */
const greeting = (name: string, body: Field) =>
  scenario(name, async (context) => {
    const client = context.dial();
    client.sendFrame(body);
    await client.untilEnd();
  });

const bytes = (name: string, field: Field) =>
  scenario(name, async (context) => {
    const client = await context.connect();
    client.sendBytes(field);
    await client.untilEnd();
  });

const handshakeOf = (password: Field): Field => row(int(0), long(0n), int(10_000), long(0n), password);

export const oddFrames: ScenarioGroup = {
  name: "frame",
  scenarios: [
    ...bodies("without-body", row()),
    ...bodies("cut-short", row(int(20), raw("2f61"))),
    ...bodies("negative-length", int(-2)),
    ...bodies("smallest-length", int(-(2 ** 31))),
    ...bodies("huge-length", int(2 ** 31 - 1)),
    ...bodies("path-only", data("/x")),
    ...[-2, -(2 ** 31), 2 ** 31 - 1, 1_000_000].flatMap((count) => [
      alone(`acls-${count}`, { ...create("/x"), body: row(data("/x"), data("d"), int(count)) }),
      alone(`set-acls-${count}`, { ...setAcl("/x", []), body: row(data("/x"), int(count)) }),
    ]),
    alone("data-of-negative-length", { ...setData("/x", ""), body: row(data("/x"), int(-5), int(0)) }),
    ...[-1, -3, -100, 23, 99, 108, 1000, 2 ** 31 - 1, -(2 ** 31)].map((type) =>
      last(`type-${type}`, ofUnknownType(type)),
    ),
    last("type-0", anyRequest(row())),
    last("type-10", ofUnknownType(10, data("/x"))),
    scenario("delete-container", async (context, at) => {
      const client = await context.connect();
      const path = raw(Buffer.from(at("/c")).toString("hex"));
      await client.ask(createContainer(at("/c")), ofUnknownType(20, path), exists(at("/c")));
    }),
    last("error", ofUnknownType(-1, int(-101))),
    alone("who-am-i-with-a-body", { ...whoAmI, body: data("/x") }),
    alone("sasl-nothing", sasl("")),
    alone("sasl-null", sasl(null)),
    alone("sasl-token", sasl("token")),
    alone("sasl-cut", { ...sasl(""), body: raw("0000") }),
    frame("empty", row()),
    frame("one-byte", raw("00")),
    frame("half-a-header", raw("00000001")),
    frame("seven-bytes", raw("00000001000000")),
    bytes("length-minus-1", int(-1)),
    bytes("length-smallest", int(-(2 ** 31))),
    bytes("length-too-long", int(MAX_FRAME + 1)),
    bytes("length-far-too-long", int(2 ** 31 - 1)),
    bytes("word-after-the-handshake", raw(Buffer.from("ruok").toString("hex"))),
    asks("longest-frame", (at) => [createOfFrame(at("/long"), MAX_FRAME), exists(at("/long"))]),
    asks("frame-one-too-long", (at) => [createOfFrame(at("/long"), MAX_FRAME + 1), exists(at("/long"))]),
    asks("long-path", (at) => [create(at(`/${"x".repeat(100_000)}`)), getChildren(at(""))]),
    greeting("greeting-empty", row()),
    greeting("greeting-byte", raw("00")),
    greeting("greeting-cut", handshakeOf(row(int(16), raw("0000")))),
    greeting("greeting-without-password", handshakeOf(row())),
    greeting("greeting-negative-password", handshakeOf(int(-2))),
    greeting("greeting-huge-password", handshakeOf(int(2 ** 31 - 1))),
    greeting("greeting-is-a-request", row(int(1), int(3), data("/"), raw("00"))),
    scenario("greeting-and-more", async (context, at) => {
      const client = await context.connect({ readOnly: raw("00ffffffff") });
      await client.ask(exists(at("")));
    }),
    scenario("greeting-too-long", async (context) => {
      const client = context.dial();
      client.sendBytes(int(MAX_FRAME + 1));
      await client.untilEnd();
    }),
    scenario("greeting-length-minus-1", async (context) => {
      const client = context.dial();
      client.sendBytes(int(-1));
      await client.untilEnd();
    }),
  ],
};
