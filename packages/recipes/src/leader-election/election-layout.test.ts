import { seededRandom } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import {
  candidatePath,
  checkedElectionPath,
  compareSequence,
  earlierThan,
  electionPath,
  hasMarker,
  inLine,
  newMarker,
} from "./election-layout.js";

describe("the path of a name", () => {
  it.each([
    ["reports", "/conclave/elections/reports"],
    ["billing/eu", "/conclave/elections/billing%2Feu"],
    ["..", "/conclave/elections/%2E%2E"],
    ["v1.2", "/conclave/elections/v1.2"],
    ["größe", "/conclave/elections/gr%C3%B6%C3%9Fe"],
    ["a\0b", "/conclave/elections/a%00b"],
  ])("of %j is %j", (name, path) => {
    expect(electionPath(name)).toBe(path);
  });

  it.each(["", "\ud800"])("is refused for %j", (name) => {
    expect(() => electionPath(name)).toThrow(TypeError);
  });
});

it.each(["", "/", "x", "/x/", "//x", "/x/../y", "/.", "/a\0"])("refuses %j as a path", (path) => {
  expect(() => checkedElectionPath(path)).toThrow(TypeError);
});

it("takes an absolute path as it is", () => {
  expect(checkedElectionPath("/x/..y/z.")).toBe("/x/..y/z.");
});

it("names a candidate's znode as Curator's LeaderLatch does", () => {
  const marker = newMarker(seededRandom(1).bytes(16));
  const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
  expect(candidatePath("/x", marker)).toMatch(new RegExp(`^/x/_c_${uuid}-latch-$`));
  expect(hasMarker(`${marker}latch-0000000001`, marker)).toBe(true);
  expect(hasMarker(`${marker}lease-x`, marker)).toBe(false);
});

describe("the line", () => {
  it("is that of the numbers, not of the names, and leaves out what is no candidate", () => {
    const children = ["_c_a-latch-0000000010", "_c_z-latch-0000000009", "latch-0000000008", "notes", "_c_b-latch-1"];
    expect(inLine(children)).toEqual(["latch-0000000008", "_c_z-latch-0000000009", "_c_a-latch-0000000010"]);
  });

  it("goes on where the server's counter wraps", () => {
    const children = [-2147483647, 2147483647, -2147483648, 2147483646].map((n) => `_c_a-latch-${digits(n)}`);
    expect(inLine(children)).toEqual([
      "_c_a-latch-2147483646",
      "_c_a-latch-2147483647",
      "_c_a-latch--2147483648",
      "_c_a-latch--2147483647",
    ]);
  });

  it("goes on at zero, half way round", () => {
    expect(inLine(["x-latch-0000000000", "x-latch--000000001"])).toEqual(["x-latch--000000001", "x-latch-0000000000"]);
    expect(compareSequence(-1, 0)).toBeLessThan(0);
  });

  it("tells who stands before a candidate", () => {
    const children = ["_c_c-latch-0000000003", "_c_a-latch-0000000001", "_c_b-latch-0000000002"];
    expect(earlierThan(children, "_c_c-latch-0000000003")).toEqual(["_c_a-latch-0000000001", "_c_b-latch-0000000002"]);
    expect(earlierThan(children, "_c_x-latch-0000000009")).toEqual([]);
  });
});

/** Java's `%010d`. */
function digits(n: number): string {
  return n < 0 ? `-${String(-n).padStart(9, "0")}` : String(n).padStart(10, "0");
}
