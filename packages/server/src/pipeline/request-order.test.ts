import { describe, expect, it } from "vitest";
import { RequestOrder } from "./request-order.js";

/** Logs the answers of an order, and fills its output on demand. */
class Answers {
  isFull = false;
  readonly given: string[] = [];
  readonly order = new RequestOrder(() => this.isFull);

  read(name: string): void {
    this.order.read({ give: () => this.given.push(name) });
  }

  done(name: string): void {
    this.order.writeDone({ give: () => this.given.push(name) });
  }
}

describe("the order of a connection's requests", () => {
  it("is idle without writes, also after them", () => {
    const { order } = new Answers();
    expect(order.isIdle).toBe(true);
    order.write();
    expect(order.isIdle).toBe(false);
    order.writeDone({ give() {} });
    expect(order.isIdle).toBe(true);
    expect(order.length).toBe(0);
  });

  it("holds reads back until the writes before them are done, and no longer", () => {
    const answers = new Answers();
    const { order, given } = answers;
    order.write();
    answers.read("r1");
    answers.read("r2");
    order.write();
    answers.read("r3");
    order.write();
    order.write();
    answers.read("r4");
    expect(order.length).toBe(8);
    answers.done("w1");
    expect(given.splice(0)).toEqual(["w1", "r1", "r2"]);
    answers.done("w2");
    expect(given.splice(0)).toEqual(["w2", "r3"]);
    answers.done("w3");
    expect(given.splice(0)).toEqual(["w3"]);
    answers.done("w4");
    expect(given.splice(0)).toEqual(["w4", "r4"]);
    expect(order.isIdle).toBe(true);
  });

  it("holds all answers while the output is full, and then gives them in order", () => {
    const answers = new Answers();
    const { order, given } = answers;
    order.write();
    answers.read("r1");
    order.write();
    answers.read("r2");
    answers.isFull = true;
    answers.done("w1");
    answers.done("w2");
    answers.read("r3");
    expect(given).toEqual(["w1"]);
    order.resume();
    expect(given).toEqual(["w1"]);
    expect([order.isStalled, order.length]).toEqual([true, 4]);
    answers.isFull = false;
    order.resume();
    expect(order.isStalled).toBe(false);
    expect(given).toEqual(["w1", "r1", "w2", "r2", "r3"]);
    expect(order.isIdle).toBe(true);
  });

  it("is not stalled while it waits for a write", () => {
    const answers = new Answers();
    const { order } = answers;
    expect(order.isStalled).toBe(false);
    order.write();
    answers.read("r1");
    expect(order.isStalled).toBe(false);
    order.resume();
    expect(answers.given).toEqual([]);
  });

  it("keeps its order over thousands of requests, some of which are always outstanding", () => {
    const answers = new Answers();
    const expected: string[] = [];
    for (let i = 0; i < 3000; i++) {
      answers.order.write();
      answers.read(`r${i}`);
      expected.push(`w${i}`, `r${i}`);
      if (i >= 10) answers.done(`w${i - 10}`);
    }
    expect(answers.given).toEqual(expected.slice(0, 2990 * 2));
    expect(answers.order.length).toBe(20);
  });

  it("knows the bytes that wait, until each is answered", () => {
    const { order } = new Answers();
    order.arriving = 100;
    order.write();
    order.arriving = 20;
    order.read({ give() {} });
    order.arriving = 3;
    order.write();
    expect(order.bytes).toBe(123);
    order.writeDone({ give() {} });
    expect(order.bytes).toBe(3);
    order.writeDone({ give() {} });
    expect(order.bytes).toBe(0);
    order.write();
    expect(order.bytes).toBe(3);
    order.writeDone({ give() {} });
    expect(order.bytes).toBe(0);
  });

  it("knows the bytes that wait over hundreds of requests of different sizes, some of which are always outstanding", () => {
    const { order } = new Answers();
    for (let i = 1; i <= 300; i++) {
      order.arriving = i;
      order.write();
      if (i > 2) order.writeDone({ give() {} });
    }
    expect(order.bytes).toBe(299 + 300);
  });
});
