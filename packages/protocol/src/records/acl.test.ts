import { expect, test } from "vitest";
import tables from "../../golden/tables-3.8.0.json" with { type: "json" };
import { JuteReader } from "../jute-reader.js";
import { JuteWriter } from "../jute-writer.js";
import { type Acl, OPEN_ACL_UNSAFE, Permission, readAcls, writeAcls } from "./acl.js";

test("permissions are those of ZooDefs.Perms, all of them", () => {
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

test("a list that opens a znode to everybody reads as the constant, and one that is nearly so does not", () => {
  expect(readAcls(new JuteReader(written(OPEN_ACL_UNSAFE)))).toBe(OPEN_ACL_UNSAFE);
  const readable: readonly Acl[] = [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }];
  for (const acls of [readable, [...OPEN_ACL_UNSAFE, ...readable]]) {
    const input = new JuteReader(Uint8Array.of(...written(acls), 7));
    expect(readAcls(input)).toStrictEqual(acls);
    expect(input.remaining).toBe(1);
  }
});

test("a list that ends too early is refused, whatever it begins like", () => {
  const bytes = written(OPEN_ACL_UNSAFE);
  expect(() => readAcls(new JuteReader(bytes, 0, bytes.length - 1))).toThrow("bytes wanted");
});
