import { describe, expect, it } from "vitest";
import { RequestOrder } from "./request-order.js";

describe("the order of a connection's requests", () => {
  it("is idle without writes, also after them", () => {
    const order = new RequestOrder();
    expect(order.isIdle).toBe(true);
    order.write();
    expect(order.isIdle).toBe(false);
    order.writeDone();
    expect(order.isIdle).toBe(true);
    expect(order.length).toBe(0);
  });

  it("holds reads back until the writes before them are done, and no longer", () => {
    const order = new RequestOrder();
    const answered: string[] = [];
    order.write();
    order.read(() => answered.push("r1"));
    order.read(() => answered.push("r2"));
    order.write();
    order.read(() => answered.push("r3"));
    order.write();
    order.write();
    order.read(() => answered.push("r4"));
    expect(order.length).toBe(8);
    order.writeDone();
    expect(answered).toEqual(["r1", "r2"]);
    order.writeDone();
    expect(answered).toEqual(["r1", "r2", "r3"]);
    order.writeDone();
    expect(answered).toEqual(["r1", "r2", "r3"]);
    order.writeDone();
    expect(answered).toEqual(["r1", "r2", "r3", "r4"]);
    expect(order.isIdle).toBe(true);
  });
});
