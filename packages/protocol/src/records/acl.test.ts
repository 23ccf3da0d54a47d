import { expect, test } from "vitest";
import tables from "../../golden/tables-3.8.0.json" with { type: "json" };
import { JuteReader } from "../jute-reader.js";
import { JuteWriter } from "../jute-writer.js";
import { Permission, readAcls } from "./acl.js";

test("permissions are those of ZooDefs.Perms, all of them", () => {
  expect(Permission).toStrictEqual(tables.permissions);
});

test("a null list of ACL entries reads as an empty one", () => {
  const out = new JuteWriter();
  out.writeInt(-1);
  expect(readAcls(new JuteReader(out.peek()))).toStrictEqual([]);
});
