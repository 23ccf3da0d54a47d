import { describe, expect, it } from "vitest";
import { waiterOrder } from "./waiter-order.js";

const { waiters, earlierThan } = waiterOrder("latch-");

describe("the line", () => {
  it("is that of the numbers, not of the names, and leaves out what does not stand in it", () => {
    const children = ["_c_a-latch-0000000010", "_c_z-latch-0000000009", "latch-0000000008", "notes", "_c_b-latch-1"];
    expect(waiters(children)).toEqual(["latch-0000000008", "_c_z-latch-0000000009", "_c_a-latch-0000000010"]);
  });

  it("has those whose numbers are worn out last, as they are given", () => {
    const children = [-2147483647, 2147483647, 3, -2147483648, 2147483646].map((n) => `_c_a-latch-${digits(n)}`);
    expect(waiters(children)).toEqual([
      "_c_a-latch-0000000003",
      "_c_a-latch-2147483646",
      "_c_a-latch--2147483647",
      "_c_a-latch-2147483647",
      "_c_a-latch--2147483648",
    ]);
  });

  it("tells who stands before a name", () => {
    const children = ["_c_c-latch-0000000003", "_c_a-latch-0000000001", "_c_b-latch-0000000002"];
    expect(earlierThan(children, "_c_c-latch-0000000003")).toEqual(["_c_a-latch-0000000001", "_c_b-latch-0000000002"]);
    expect(earlierThan(children, "_c_x-latch-0000000009")).toEqual([]);
  });

  it("is one for several stems, also for those that end in no dash", () => {
    const both = waiterOrder("__READ__", "__WRIT__");
    const worn = ["_c_a-__READ__-2147483648", "_c_b-__WRIT__2147483647"];
    const children = [...worn, "_c_c-lock-0000000001", "_c_d-__READ__0000000007"];
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
