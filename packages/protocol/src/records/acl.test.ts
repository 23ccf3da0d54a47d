import { expect, test } from "vitest";
import tables from "../../golden/tables-3.8.0.json" with { type: "json" };
import { JuteReader } from "../jute-reader.js";
import { JuteWriter } from "../jute-writer.js";
import { type Acl, OPEN_ACL_UNSAFE, Permission, readAcls, writeAcls } from "./acl.js";

test("permissions equal all of ZooDefs.Perms", () => {
  expect(Permission).toStrictEqual(tables.permissions);
});

test("a null list of ACL entries reads as an empty one", () => {
  const out = new JuteWriter();
  out.writeInt(-1);
  expect(readAcls(new JuteReader(out.peek()))).toStrictEqual([]);
});

function written(acls: readonly Acl[]): Uint8Array {
  const out = new JuteWriter();
  writeAcls(out, acls);
  return out.take();
}

test("a list that grants everything to everyone reads as the constant, and a similar one does not", () => {
  expect(readAcls(new JuteReader(written(OPEN_ACL_UNSAFE)))).toBe(OPEN_ACL_UNSAFE);
  const readable: readonly Acl[] = [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }];
  for (const acls of [readable, [...OPEN_ACL_UNSAFE, ...readable]]) {
    const input = new JuteReader(Uint8Array.of(...written(acls), 7));
    expect(readAcls(input)).toStrictEqual(acls);
    expect(input.remaining).toBe(1);
  }
});

test("a truncated list is refused, also if it begins like the constant", () => {
  const bytes = written(OPEN_ACL_UNSAFE);
  expect(() => readAcls(new JuteReader(bytes, 0, bytes.length - 1))).toThrow("bytes needed");
});
