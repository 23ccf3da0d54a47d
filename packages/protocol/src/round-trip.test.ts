import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasTtl } from "./create-mode.js";
import { JuteReader } from "./jute-reader.js";
import { JuteWriter } from "./jute-writer.js";
import { OpCode } from "./op-code.js";
import type { Operation } from "./operation.js";
import { addWatch } from "./operations/add-watch.js";
import { auth } from "./operations/auth.js";
import { check } from "./operations/check.js";
import { checkWatches } from "./operations/check-watches.js";
import { closeSession } from "./operations/close-session.js";
import { create } from "./operations/create.js";
import { createContainer } from "./operations/create-container.js";
import { createTTL } from "./operations/create-ttl.js";
import { create2 } from "./operations/create2.js";
import { deleteNode } from "./operations/delete.js";
import { exists } from "./operations/exists.js";
import { getACL } from "./operations/get-acl.js";
import { getAllChildrenNumber } from "./operations/get-all-children-number.js";
import { getChildren } from "./operations/get-children.js";
import { getChildren2 } from "./operations/get-children2.js";
import { getData } from "./operations/get-data.js";
import { getEphemerals } from "./operations/get-ephemerals.js";
import { type MultiOperation, type MultiResult, multi } from "./operations/multi.js";
import { type MultiReadOperation, type MultiReadResult, multiRead } from "./operations/multi-read.js";
import { ping } from "./operations/ping.js";
import { reconfig } from "./operations/reconfig.js";
import { removeWatches } from "./operations/remove-watches.js";
import { sasl } from "./operations/sasl.js";
import { setACL } from "./operations/set-acl.js";
import { setData } from "./operations/set-data.js";
import { setWatches } from "./operations/set-watches.js";
import { setWatches2 } from "./operations/set-watches2.js";
import { sync } from "./operations/sync.js";
import { whoAmI } from "./operations/who-am-i.js";
import { type Acl, readAcls, readId, writeAcls, writeId } from "./records/acl.js";
import { readClientInfos, writeClientInfos } from "./records/client-info.js";
import {
  readConnectRequest,
  readConnectResponse,
  writeConnectRequest,
  writeConnectResponse,
} from "./records/handshake.js";
import { readReplyHeader, readRequestHeader, writeReplyHeader, writeRequestHeader } from "./records/headers.js";
import { readStat, STAT_BYTES, type Stat, writeStat } from "./records/stat.js";
import { readWatcherEvent, writeWatcherEvent } from "./records/watcher-event.js";

const record = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(shape, { noNullPrototype: true }) as fc.Arbitrary<T>;

const int = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 0x7fffffff, -0x80000000));
const longs = [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 0xffffffffn, -0x100000000n, 2n ** 53n + 1n];
const long = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(...longs));
const millis = fc.maxSafeInteger();
const bool = fc.boolean();

/** Any UTF-16 unit but halves of surrogate pairs. */
const unit = fc
  .oneof(
    fc.integer({ min: 0, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0xffff }),
    fc.constantFrom(0, 0xfeff, 0xfffd),
  )
  .map((code) => String.fromCharCode(code));
const text = fc.oneof(
  fc.string(),
  fc.string({ unit, maxLength: 30 }),
  fc.string({ unit, minLength: 60, maxLength: 70 }),
  fc.constantFrom("", "/", "x".repeat(64), "x".repeat(65), `${"long/".repeat(400)}\u00e9`),
);
const buffer = fc.oneof(fc.constant(null), fc.uint8Array(), fc.constantFrom(new Uint8Array(0), new Uint8Array(2000)));

const id = record({ scheme: text, id: text });
const acl: fc.Arbitrary<readonly Acl[]> = fc.array(record({ permissions: int, id }), { maxLength: 4 });
const stat = record<Stat>({
  czxid: long,
  mzxid: long,
  ctime: millis,
  mtime: millis,
  version: int,
  cversion: int,
  aversion: int,
  ephemeralOwner: long,
  dataLength: int,
  numChildren: int,
  pzxid: long,
});
const password = fc.uint8Array({ maxLength: 16 });
const readOnly = fc.constantFrom(true, false, undefined);

const watchedPath = record({ path: text, watch: bool });
const versionedPath = { path: text, version: int };
const createFields = { path: text, data: buffer, acl, flags: int };
const setDataFields = { path: text, data: buffer, version: int };
const children = fc.array(text, { maxLength: 8 });
const nothing = fc.constant(undefined);

const operation: fc.Arbitrary<MultiOperation> = fc.oneof(
  record({
    type: fc.constantFrom(OpCode.create, OpCode.create2, OpCode.createContainer),
    ...createFields,
    // Modes with a TTL cannot be read where there is none.
    flags: int.filter((flags) => !hasTtl(flags)),
  }),
  record({ type: fc.constant(OpCode.createTTL), ...createFields, ttl: long }),
  record({ type: fc.constantFrom(OpCode.delete, OpCode.check), ...versionedPath }),
  record({ type: fc.constant(OpCode.setData), ...setDataFields }),
);
const result: fc.Arbitrary<MultiResult> = fc.oneof(
  record({ type: fc.constant(OpCode.create), path: text }),
  record({ type: fc.constant(OpCode.create2), path: text, stat }),
  record({ type: fc.constant(OpCode.setData), stat }),
  record({ type: fc.constantFrom(OpCode.delete, OpCode.check) }),
  record({ type: fc.constant(OpCode.error), err: int }),
);

const read: fc.Arbitrary<MultiReadOperation> = record({
  type: fc.constantFrom(OpCode.getData, OpCode.getChildren),
  path: text,
});
const readResult: fc.Arbitrary<MultiReadResult> = fc.oneof(
  record({ type: fc.constant(OpCode.getData), data: buffer, stat }),
  record({ type: fc.constant(OpCode.getChildren), children }),
  record({ type: fc.constant(OpCode.error), err: int }),
);
const clientInfo = fc.array(record({ authScheme: text, user: text }), { maxLength: 4 });
const nullableText = fc.oneof(fc.constant(null), text);
const watches = { relativeZxid: long, dataWatches: children, existWatches: children, childWatches: children };

interface Case {
  readonly name: string;
  readonly values: fc.Arbitrary<unknown>;
  readonly write: (out: JuteWriter, value: never) => void;
  readonly read: (input: JuteReader) => unknown;
}

function bothWays<A, B>(
  of: Operation<A, B>,
  requests: fc.Arbitrary<NoInfer<A>>,
  responses: fc.Arbitrary<NoInfer<B>>,
): Case[] {
  return [
    { name: `the request of ${of.name}`, values: requests, write: of.writeRequest, read: of.readRequest },
    { name: `the reply to ${of.name}`, values: responses, write: of.writeResponse, read: of.readResponse },
  ];
}

const records: Case[] = [
  {
    name: "the handshake's request",
    values: record({ protocolVersion: int, lastZxidSeen: long, timeoutMs: int, sessionId: long, password, readOnly }),
    write: writeConnectRequest,
    read: readConnectRequest,
  },
  {
    name: "the handshake's reply",
    values: record({ protocolVersion: int, timeoutMs: int, sessionId: long, password, readOnly }),
    write: writeConnectResponse,
    read: readConnectResponse,
  },
  {
    name: "a request's header",
    values: record({ xid: int, type: int }),
    write: (out, { xid, type }: { xid: number; type: number }) => writeRequestHeader(out, xid, type),
    read: readRequestHeader,
  },
  {
    name: "a reply's header",
    values: record({ xid: int, zxid: long, err: int }),
    write: (out, header: { xid: number; zxid: bigint; err: number }) =>
      writeReplyHeader(out, header.xid, header.zxid, header.err),
    read: readReplyHeader,
  },
  { name: "a Stat", values: stat, write: writeStat, read: readStat },
  { name: "an Id", values: id, write: writeId, read: readId },
  { name: "an ACL", values: acl, write: writeAcls, read: readAcls },
  { name: "a list of identities", values: clientInfo, write: writeClientInfos, read: readClientInfos },
  {
    name: "an event",
    values: record({ type: int, state: int, path: text }),
    write: writeWatcherEvent,
    read: readWatcherEvent,
  },
];

const bodies: Case[] = [
  bothWays(auth, record({ scheme: text, auth: buffer }), nothing),
  bothWays(check, record(versionedPath), nothing),
  bothWays(closeSession, nothing, nothing),
  bothWays(create, record(createFields), record({ path: text })),
  bothWays(create2, record(createFields), record({ path: text, stat })),
  bothWays(deleteNode, record(versionedPath), nothing),
  bothWays(exists, watchedPath, record({ stat })),
  bothWays(getChildren, watchedPath, record({ children })),
  bothWays(getChildren2, watchedPath, record({ children, stat })),
  bothWays(getData, watchedPath, record({ data: buffer, stat })),
  bothWays(multi, fc.array(operation, { maxLength: 6 }), fc.array(result, { maxLength: 6 })),
  bothWays(ping, nothing, nothing),
  bothWays(setData, record(setDataFields), record({ stat })),
  bothWays(setWatches, record(watches), nothing),
  bothWays(sync, record({ path: text }), record({ path: text })),
  bothWays(addWatch, record({ path: text, mode: int }), record({ err: int })),
  bothWays(checkWatches, record({ path: text, type: int }), nothing),
  bothWays(createContainer, record(createFields), record({ path: text, stat })),
  bothWays(createTTL, record({ ...createFields, ttl: long }), record({ path: text, stat })),
  bothWays(getACL, record({ path: text }), record({ acl, stat })),
  bothWays(getAllChildrenNumber, record({ path: text }), record({ totalNumber: int })),
  bothWays(getEphemerals, record({ prefixPath: text }), record({ ephemerals: children })),
  bothWays(multiRead, fc.array(read, { maxLength: 6 }), fc.array(readResult, { maxLength: 6 })),
  bothWays(
    reconfig,
    record({
      joiningServers: nullableText,
      leavingServers: nullableText,
      newMembers: nullableText,
      curConfigId: long,
    }),
    record({ data: buffer, stat }),
  ),
  bothWays(removeWatches, record({ path: text, type: int }), nothing),
  bothWays(sasl, record({ token: buffer }), record({ token: buffer })),
  bothWays(setACL, record({ path: text, acl, version: int }), record({ stat })),
  bothWays(
    setWatches2,
    record({ ...watches, persistentWatches: children, persistentRecursiveWatches: children }),
    nothing,
  ),
  bothWays(whoAmI, nothing, record({ clientInfo })),
].flat();

describe("what is written is read", () => {
  test.each([...records, ...bodies])("$name", ({ values, write, read }) => {
    const check = (value: unknown) => {
      const out = new JuteWriter(0);
      write(out, value as never);
      const input = new JuteReader(out.peek());
      expect(read(input)).toStrictEqual(value);
      expect(input.remaining).toBe(0);
    };
    fc.assert(fc.property(values, check));
  });
});

test.each([5, 6])("a create of the TTL mode %i without a TTL in a multi is refused", (flags) => {
  const out = new JuteWriter();
  multi.writeRequest(out, [{ type: OpCode.create, path: "/a", data: null, acl: [], flags }]);
  const refusal = expect.objectContaining({ reason: "malformed", message: `mode ${flags} without a TTL in a multi` });
  expect(() => multi.readRequest(new JuteReader(out.take()))).toThrow(refusal);
});

test("children with encoded names are written like children with strings", () => {
  const bytes = Uint8Array.of(0x2f, 0x61, 0x2f, 0x62); // "/a/b"
  const encoded = {
    length: 2,
    writeEach(out: JuteWriter): void {
      out.writeSlice(bytes, 1, 1);
      out.writeSlice(bytes, 3, 1);
    },
  };
  const written = (children: readonly string[] | typeof encoded) => {
    const out = new JuteWriter();
    getChildren.writeResponse(out, { children });
    return out.take();
  };
  expect(written(encoded)).toStrictEqual(written(["a", "b"]));
});

test("a Stat always has the same length", () => {
  const check = (value: Stat) => {
    const out = new JuteWriter();
    writeStat(out, value);
    expect(out.length).toBe(STAT_BYTES);
  };
  fc.assert(fc.property(stat, check));
});

test("a string returns with U+FFFD for each half of a surrogate pair, as between Java's client and server", () => {
  // Drawn as arrays: a string drawn unit by unit takes many times as long.
  const units = (min: number, max: number) =>
    fc.uint16Array({ min, max, maxLength: 80 }).map((array) => String.fromCharCode(...array));
  const strings = fc.oneof(units(0, 0xffff), units(0xd700, 0xe0ff), units(0, 0x7f), fc.string());
  const check = (value: string) => {
    const out = new JuteWriter();
    out.writeString(value);
    expect(new JuteReader(out.peek()).readString()).toBe(value.replace(/[\ud800-\udfff]/g, "\ufffd"));
  };
  fc.assert(fc.property(strings, check), { numRuns: 1000 });
});

test("one writer and one reader can be reused", () => {
  const out = new JuteWriter(0);
  const input = new JuteReader();
  const check = (value: { path: string; data: Uint8Array | null; version: number }) => {
    setData.writeRequest(out, value);
    const bytes = out.take();
    expect(setData.readRequest(input.reset(bytes))).toStrictEqual(value);
  };
  fc.assert(fc.property(record(setDataFields), check));
});
