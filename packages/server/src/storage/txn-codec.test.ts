import { type Acl, JuteReader, JuteWriter, OpCode, ProtocolError } from "@conclave/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Txn, TxnRecord } from "../tree/txn.js";
import { txnBytes } from "../tree/txn-size.js";
import { readTxnHeader, readTxnRecord, writeTxnHeader, writeTxnRecord } from "./txn-codec.js";

const record = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(shape, { noNullPrototype: true }) as fc.Arbitrary<T>;
const int = fc.integer();
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const path = fc.string({ minLength: 1 }).map((name) => `/${name}`);
const data = fc.option(fc.uint8Array());
const acl: fc.Arbitrary<readonly Acl[]> = fc.array(
  record<Acl>({ permissions: int, id: record({ scheme: fc.string(), id: fc.string() }) }),
);
const node = { path, data, acl, parentCVersion: int };
const type = <T extends number>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** One arbitrary for each kind of body; `multi` has all others that Apache allows within one. */
const within: fc.Arbitrary<Txn>[] = [
  fc.record({ type: type(OpCode.create), ...node, ephemeral: fc.boolean() }),
  fc.record({ type: type(OpCode.createContainer), ...node }),
  fc.record({ type: type(OpCode.createTTL), ...node, ttl: long }),
  fc.record({ type: type(OpCode.delete, OpCode.deleteContainer), path }),
  fc.record({ type: type(OpCode.setData), path, data, version: int }),
  fc.record({ type: type(OpCode.check), path, version: int }),
  fc.record({ type: type(OpCode.error), err: int }),
];
const txn: fc.Arbitrary<Txn> = fc.oneof(
  ...within,
  fc.record({ type: type(OpCode.create2), ...node, ephemeral: fc.boolean() }),
  fc.record({ type: type(OpCode.reconfig), path, data, version: int }),
  fc.record({ type: type(OpCode.setACL), path, acl, version: int }),
  fc.record({ type: type(OpCode.createSession), timeoutMs: int }),
  fc.record({ type: type(OpCode.closeSession), paths: fc.option(fc.array(path)) }),
  fc.record({ type: type(OpCode.multi), txns: fc.array(fc.oneof(...within)) }),
);
const digest = fc.option(fc.record({ version: fc.constant(2), treeDigest: long }), { nil: undefined });
const records: fc.Arbitrary<TxnRecord> = fc
  .tuple(record({ clientId: long, cxid: int, zxid: long, time: fc.maxSafeInteger() }), txn, digest)
  .map(([header, body, tree]) => ({ header: { ...header, type: body.type }, txn: body, digest: tree }));

function encode(value: TxnRecord): Uint8Array {
  const out = new JuteWriter();
  writeTxnRecord(out, value);
  return out.take();
}

/** Returns a record without a body, to which the test appends one. */
function header(of: number): JuteWriter {
  const out = new JuteWriter();
  writeTxnHeader(out, { clientId: 1n, cxid: 2, zxid: 3n, time: 4, type: of });
  return out;
}

describe("a transaction", () => {
  it("has no more bytes on record than it is reckoned to have", () => {
    fc.assert(
      fc.property(records, (value) => void expect(encode(value).length).toBeLessThanOrEqual(txnBytes(value.txn))),
    );
  });

  it("comes back as it went, whatever it is", () => {
    fc.assert(
      fc.property(records, (value) => void expect(readTxnRecord(new JuteReader(encode(value)))).toEqual(value)),
    );
  });

  it("does not hold on to the bytes that it was read from", () => {
    const bytes = Buffer.from(
      encode({
        header: { clientId: 1n, cxid: 1, zxid: 1n, time: 1, type: OpCode.setData },
        txn: { type: OpCode.setData, path: "/a", data: Uint8Array.of(1, 2, 3), version: 1 },
      }),
    );
    const { txn: read } = readTxnRecord(new JuteReader(bytes));
    bytes.fill(0);
    expect(read).toMatchObject({ data: Uint8Array.of(1, 2, 3) });
  });

  it("is refused with a typed error wherever it is cut, unless an older version ended there", () => {
    fc.assert(
      fc.property(records, fc.nat(), (value, where) => {
        const whole = encode(value);
        const input = new JuteReader(whole, 0, where % whole.length);
        try {
          readTxnRecord(input);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });

  it("with a create2 within a multi is written as a create, which Apache 3.8.0 can apply", () => {
    const node = { path: "/a", data: null, acl: [], ephemeral: false, parentCVersion: 1 };
    const create2: Txn = { type: OpCode.create2, ...node };
    const value: TxnRecord = {
      header: readTxnHeader(new JuteReader(header(OpCode.multi).take())),
      txn: { type: OpCode.multi, txns: [create2] },
    };
    const { txn: read } = readTxnRecord(new JuteReader(encode(value)));
    expect(read).toEqual({ type: OpCode.multi, txns: [{ type: OpCode.create, ...node }] });
  });

  it("of an unknown type is refused", () => {
    expect(() => readTxnRecord(new JuteReader(header(77).take()))).toThrow("a transaction of the unknown type 77");
  });

  it("is refused where a multi holds another", () => {
    const out = header(OpCode.multi);
    out.writeVector([0], () => {
      out.writeInt(OpCode.multi);
      out.writeBuffer(new Uint8Array(4));
    });
    expect(() => readTxnRecord(new JuteReader(out.take()))).toThrow("a multi transaction within another");
  });
});

describe("older versions", () => {
  it("leave out the parent's cversion of a create", () => {
    const out = header(OpCode.create);
    out.writeString("/a");
    out.writeBuffer(null);
    out.writeInt(0);
    out.writeBool(true);
    expect(readTxnRecord(new JuteReader(out.take())).txn).toEqual({
      type: OpCode.create,
      path: "/a",
      data: null,
      acl: [],
      ephemeral: true,
      parentCVersion: -1,
    });
  });

  it("leave out the body of closeSession", () => {
    const read = readTxnRecord(new JuteReader(header(OpCode.closeSession).take()));
    expect(read.txn).toEqual({ type: OpCode.closeSession, paths: null });
    expect(read.digest).toBeUndefined();
  });

  it("leave out the body of closeSession, and a digest follows", () => {
    const out = header(OpCode.closeSession);
    out.writeInt(2);
    out.writeLong(-5n);
    const read = readTxnRecord(new JuteReader(out.take()));
    expect(read.txn).toEqual({ type: OpCode.closeSession, paths: null });
    expect(read.digest).toEqual({ version: 2, treeDigest: -5n });
  });

  it("are not confused with a body that is as long as a digest", () => {
    const out = header(OpCode.closeSession);
    out.writeVector(["/abc"], (each, path) => each.writeString(path));
    expect(readTxnRecord(new JuteReader(out.take())).txn).toEqual({ type: OpCode.closeSession, paths: ["/abc"] });
  });
});

it("reads a header alone", () => {
  expect(readTxnHeader(new JuteReader(header(OpCode.error).take()))).toEqual({
    clientId: 1n,
    cxid: 2,
    zxid: 3n,
    time: 4,
    type: OpCode.error,
  });
});
