import { describe, expect, test } from "vitest";
import { JuteReader } from "./jute-reader.js";
import { JuteWriter } from "./jute-writer.js";
import { OpCode } from "./op-code.js";
import { auth } from "./operations/auth.js";
import { create } from "./operations/create.js";
import { multi } from "./operations/multi.js";
import { setACL } from "./operations/set-acl.js";
import { setData } from "./operations/set-data.js";
import { setWatches } from "./operations/set-watches.js";
import { setWatches2 } from "./operations/set-watches2.js";
import { sync } from "./operations/sync.js";
import { OPEN_ACL_UNSAFE, type RequestedAcl } from "./records/acl.js";
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

  test("keeps its nulls, as the answer depends on the scheme and on the server's providers", () => {
    const acls: RequestedAcl[] = [
      { permissions: 31, id: { scheme: "digest", id: null } },
      { permissions: 31, id: { scheme: null, id: "anyone" } },
      { permissions: 31, id: { scheme: "auth", id: "" } },
    ];
    const input = createOf(...acls.map(({ id }) => [id.scheme, id.id] as const));
    expect(create.readRequest(input).acl).toStrictEqual(acls);
  });

  test("is the constant if it grants everything to everyone", () => {
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

  test.each([0, 1, 2, 3, 4])("may be null, and hold null: list %i", (at) => {
    for (const list of [null, ["/a", null]]) {
      const { relativeZxid: _, ...lists } = setWatches2.readRequest(written(...withOne(5, at, list)));
      expect(Object.values(lists)).toStrictEqual(withOne(5, at, list));
    }
  });

  test("read as empty where the count is negative, but not -1", () => {
    expect(setWatches.readRequest(written(-1, -5, -0x8000_0000))).toStrictEqual({
      relativeZxid: 0n,
      dataWatches: null,
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

test("a null scheme of auth reads as the empty one", () => {
  const body = bytes((out) => {
    out.writeInt(0);
    out.writeString(null);
    out.writeBuffer(null);
  });
  expect(auth.readRequest(body)).toStrictEqual({ scheme: "", auth: null });
});

test("a sync keeps a null path, which its reply repeats", () => {
  expect(sync.readRequest(bytes((out) => out.writeString(null)))).toStrictEqual({ path: null });
  const reply = bytes((out) => sync.writeResponse(out, { path: null }));
  expect(reply.readNullableString()).toBeNull();
});
