import { expect, it } from "vitest";
import { memberFor } from "./rendezvous.js";

const keys = Array.from({ length: 1_000 }, (_, i) => `key-${i}`);

it("rendezvous hashing gives the same owner for any order of the members", () => {
  const members = ["a", "b", "c"];
  for (const key of keys) expect(memberFor(key, members)).toBe(memberFor(key, members.toReversed()));
  expect(memberFor("key", [])).toBe(undefined);
  // Fixed values: processes with other versions of this package must compute the same.
  expect(["0", "1", "2", "3", "4", "5"].map((key) => memberFor(key, members)).join("")).toMatchInlineSnapshot(
    `"acaabc"`,
  );
});

it("rendezvous hashing gives each member a similar share", () => {
  const members = Array.from({ length: 5 }, (_, i) => `member-${i}`);
  for (const member of members) {
    const share = keys.filter((key) => memberFor(key, members) === member).length;
    expect(share).toBeGreaterThan(140);
    expect(share).toBeLessThan(260);
  }
});

it("rendezvous hashing moves only the keys of a member that leaves", () => {
  const members = ["a", "b", "c", "d"];
  for (const key of keys) {
    const before = memberFor(key, members);
    if (before !== "d") expect(memberFor(key, ["a", "b", "c"])).toBe(before);
  }
});

it("rendezvous hashing gives a key to the first of two members with the same score, in any order", () => {
  // A collision of the hash for this key.
  const members = ["member-1d0d86ba-13558739364", "member-260ed994-4424378256"];
  for (const order of [members, members.toReversed()]) expect(memberFor("key", order)).toBe(members[0]);
});
