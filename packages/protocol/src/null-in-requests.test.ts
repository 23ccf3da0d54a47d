import { describe, expect, test } from "vitest";
import { JuteReader } from "./jute-reader.js";
import { JuteWriter } from "./jute-writer.js";
import { OpCode } from "./op-code.js";
import { create } from "./operations/create.js";
import { multi } from "./operations/multi.js";
import { setACL } from "./operations/set-acl.js";
import { setData } from "./operations/set-data.js";
import { setWatches } from "./operations/set-watches.js";
import { setWatches2 } from "./operations/set-watches2.js";
import { sync } from "./operations/sync.js";
import { OPEN_ACL_UNSAFE, type RequestedAcl, readRequestedAcls } from "./records/acl.js";
import { writeMultiEnd, writeMultiHeader } from "./records/multi-items.js";

/** The bytes that `write` writes, to be read. */
function bytes(write: (out: JuteWriter) => void): JuteReader {
  const out = new JuteWriter();
  write(out);
  return new JuteReader(out.take());
}

function writeEntry(out: JuteWriter, [scheme, id]: readonly [string | null, string | null]): void {
  out.writeInt(31);
  out.writeString(scheme);
  out.writeString(id);
}

const malformed = expect.objectContaining({ name: "ProtocolError", reason: "malformed" });

describe("an ACL of a request", () => {
  const createOf = (...entries: (readonly [string | null, string | null])[]): JuteReader =>
    bytes((out) => {
      out.writeString("/a");
      out.writeBuffer(null);
      out.writeVector(entries, writeEntry);
      out.writeInt(0);
    });

  test.each([
    ["auth:null, as kazoo writes the empty id", "auth", null, { scheme: "auth", id: "" }],
    ["null:null", null, null, { scheme: "", id: "" }],
    ["null:anyone", null, "anyone", { scheme: "", id: "anyone" }],
    ["an unknown scheme with the id null", "kerberos", null, { scheme: "kerberos", id: "" }],
  ])("is read where Apache reads it: %s", (_, scheme, id, expected) => {
    expect(create.readRequest(createOf([scheme, id])).acl).toStrictEqual([{ permissions: 31, id: expected }]);
  });

  test.each(["world", "digest", "ip", "sasl", "x509"])("is refused with the id null in the scheme %s", (scheme) => {
    expect(() => create.readRequest(createOf([scheme, null]))).toThrow(malformed);
  });

  test("keeps its nulls where a server asks for them", () => {
    const acls: RequestedAcl[] = [
      { permissions: 31, id: { scheme: "digest", id: null } },
      { permissions: 31, id: { scheme: null, id: "anyone" } },
      { permissions: 31, id: { scheme: "auth", id: "" } },
    ];
    const input = bytes((out) => out.writeVector(acls, (to, { id }) => writeEntry(to, [id.scheme, id.id])));
    expect(readRequestedAcls(input)).toStrictEqual(acls);
  });

  test("is the constant where it opens the znode to everybody", () => {
    expect(create.readRequest(createOf(["world", "anyone"])).acl).toBe(OPEN_ACL_UNSAFE);
  });

  test.each([-1, -2, -0x8000_0000])("reads as empty where its count is %i", (count) => {
    const input = bytes((out) => {
      out.writeString("/a");
      out.writeInt(count);
      out.writeInt(-1);
    });
    expect(setACL.readRequest(input)).toStrictEqual({ path: "/a", acl: [], version: -1 });
  });
});

describe("the lists of setWatches", () => {
  type List = readonly (string | null)[] | null | number;
  const written = (...lists: List[]): JuteReader =>
    bytes((out) => {
      out.writeLong(0n);
      for (const list of lists) {
        if (list === null) out.writeInt(-1);
        else if (typeof list === "number") out.writeInt(list);
        else out.writeVector(list, (to, path) => to.writeString(path));
      }
    });
  const withOne = (count: number, at: number, list: List): List[] =>
    Array.from({ length: count }, (_, index) => (index === at ? list : []));

  test.each([0, 1, 2])("are refused where list %i holds null", (at) => {
    expect(() => setWatches.readRequest(written(...withOne(3, at, ["/a", null])))).toThrow(malformed);
  });

  test.each([3, 4])("of setWatches2 may hold null where they are persistent: list %i", (at) => {
    const { persistentWatches, persistentRecursiveWatches } = setWatches2.readRequest(
      written(...withOne(5, at, [null, "/a"])),
    );
    expect([...persistentWatches, ...persistentRecursiveWatches]).toStrictEqual(["", "/a"]);
  });

  test("read as empty where the count is negative", () => {
    expect(setWatches.readRequest(written(-1, -5, -0x8000_0000))).toStrictEqual({
      relativeZxid: 0n,
      dataWatches: [],
      existWatches: [],
      childWatches: [],
    });
  });
});

test("a null path of setData is read, but refuses a multi as a whole", () => {
  const body = (out: JuteWriter): void => {
    out.writeString(null);
    out.writeBuffer(null);
    out.writeInt(-1);
  };
  expect(setData.readRequest(bytes(body))).toStrictEqual({ path: "", data: null, version: -1 });
  const within = bytes((out) => {
    writeMultiHeader(out, OpCode.setData, -1);
    body(out);
    writeMultiEnd(out);
  });
  expect(() => multi.readRequest(within)).toThrow(malformed);
});

test("a server can answer a sync with a null path", () => {
  const reply = bytes((out) => sync.writeResponse(out, { path: null }));
  expect(reply.readNullableString()).toBeNull();
});
