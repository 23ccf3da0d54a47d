import { type Acl, OPEN_ACL_UNSAFE } from "@conclave/protocol";
import { expect, it } from "vitest";
import { AclLists } from "./acl-lists.js";

it("lists that grant the same share a number, whatever was asked for in between", () => {
  const lists = new AclLists();
  const other: readonly Acl[] = [{ permissions: 1, id: { scheme: "ip", id: "10.0.0.1" } }];
  const numbers = [OPEN_ACL_UNSAFE, other, structuredClone(OPEN_ACL_UNSAFE), structuredClone(other)].map((acl) =>
    lists.numberOf(acl),
  );
  expect(numbers).toEqual([0, 1, 0, 1]);
  expect(lists.all).toEqual([OPEN_ACL_UNSAFE, other]);
  expect(lists.at(1)).toEqual(other);
});
