import { describe, expect, it } from "vitest";
import { LAST_NUMBER, waiterOrder } from "./waiter-order.js";

const { waiters, earlierThan } = waiterOrder("latch-");

describe("the order of a wait queue", () => {
  it("is that of the sequence numbers, not of the names, and leaves out znodes that are not waiters", () => {
    const children = ["_c_a-latch-0000000010", "_c_z-latch-0000000009", "latch-0000000008", "notes", "_c_b-latch-1"];
    expect(waiters(children)).toEqual(["latch-0000000008", "_c_z-latch-0000000009", "_c_a-latch-0000000010"]);
  });

  it("puts waiters with overflowed numbers last, in the given order", () => {
    const children = [-2147483647, 2147483647, 3, -2147483648, 2147483646].map((n) => `_c_a-latch-${digits(n)}`);
    expect(waiters(children)).toEqual([
      "_c_a-latch-0000000003",
      "_c_a-latch-2147483646",
      "_c_a-latch--2147483647",
      "_c_a-latch-2147483647",
      "_c_a-latch--2147483648",
    ]);
  });

  it("begins with the number 0", () => {
    const children = ["_c_b-latch-0000000001", "_c_a-latch-0000000000"];
    expect(waiters(children)).toEqual(["_c_a-latch-0000000000", "_c_b-latch-0000000001"]);
  });

  it("puts a name with LAST_NUMBER that is listed last after all waiters", () => {
    const children = ["_c_a-latch-2147483647", "_c_b-latch-0000000001"];
    const added = `latch-${LAST_NUMBER}`;
    expect(earlierThan([...children, added], added)).toEqual(["_c_b-latch-0000000001", "_c_a-latch-2147483647"]);
  });

  it("lists the waiters before a name", () => {
    const children = ["_c_c-latch-0000000003", "_c_a-latch-0000000001", "_c_b-latch-0000000002"];
    expect(earlierThan(children, "_c_c-latch-0000000003")).toEqual(["_c_a-latch-0000000001", "_c_b-latch-0000000002"]);
    expect(earlierThan(children, "_c_x-latch-0000000009")).toEqual([]);
  });

  it("can include several stems, also stems that do not end in a dash", () => {
    const both = waiterOrder("__READ__", "__WRIT__");
    const overflowed = ["_c_a-__READ__-2147483648", "_c_b-__WRIT__2147483647"];
    const children = [...overflowed, "_c_c-lock-0000000001", "_c_d-__READ__0000000007"];
    expect(both.waiters(children)).toEqual([
      "_c_d-__READ__0000000007",
      "_c_a-__READ__-2147483648",
      "_c_b-__WRIT__2147483647",
    ]);
  });
});

/** Java's `%010d`. */
function digits(n: number): string {
  return n < 0 ? `-${String(-n).padStart(9, "0")}` : String(n).padStart(10, "0");
}
