import { describe, expect, it } from "vitest";
import { assertLinearizable, checkLinearizability } from "./check-linearizability.js";
import type { HistoryOperation } from "./history.js";
import type { SequentialModel } from "./models.js";
import {
  type CounterInput,
  counterModel,
  type LockInput,
  lockModel,
  type RegisterInput,
  registerModel,
} from "./models.js";

type Register = HistoryOperation<RegisterInput, string | boolean>;

const op = <I, O>(input: I, calledAt: number, returnedAt?: number, output?: O): HistoryOperation<I, O> => ({
  ...{ by: `p${calledAt}`, input, calledAt, returnedAt, output },
});
const read = (output: string, calledAt: number, returnedAt?: number): Register =>
  op({ type: "read" }, calledAt, returnedAt, returnedAt === undefined ? undefined : output);
const write = (value: string, calledAt: number, returnedAt?: number): Register =>
  op({ type: "write", value }, calledAt, returnedAt, returnedAt === undefined ? undefined : true);
const swap = (expected: string, value: string, output: boolean, calledAt: number, returnedAt?: number): Register =>
  op({ type: "compareAndSet", expected, value }, calledAt, returnedAt, returnedAt === undefined ? undefined : output);

describe("a register", () => {
  it.each<[string, Register[]]>([
    ["nothing", []],
    ["a read of an earlier write", [write("1", 1, 2), read("1", 3, 4)]],
    ["a read of either value while it is written", [write("1", 1, 6), read("0", 2, 3), read("1", 4, 5)]],
    ["a pending write that is read much later", [write("1", 1), read("0", 2, 3), read("1", 4, 5)]],
    ["a pending write that is never read", [write("1", 1), read("0", 2, 3), read("0", 4, 5)]],
    [
      "a pending compare-and-set after the value that it expects",
      [swap("1", "2", true, 1), write("1", 2, 3), read("2", 4, 5)],
    ],
    [
      "a failed compare-and-set concurrent with the write that made it fail",
      [write("1", 1, 4), swap("0", "2", false, 2, 3)],
    ],
    ["calls and returns at the same time", [write("1", 1, 2), read("0", 2, 3)]],
  ])("may show %s", (_, history) => {
    expect(checkLinearizability(registerModel("0"), history)).toMatchObject({ isLinearizable: true });
  });

  it.each<[string, Register[]]>([
    ["a read of a value that was never written", [read("7", 1, 2)]],
    ["a read of the old value after the write", [write("1", 1, 2), read("0", 3, 4)]],
    ["an old value after a new one", [write("1", 1, 8), read("1", 2, 3), read("0", 4, 5)]],
    ["a pending write that is undone", [write("1", 1), read("1", 2, 3), read("0", 4, 5)]],
    ["a pending write that takes effect twice", [write("1", 1), read("1", 2, 3), write("0", 4, 5), read("1", 6, 7)]],
    ["a write seen before its call", [read("1", 1, 2), write("1", 3, 4)]],
    ["two successful swaps of the same value", [swap("0", "1", true, 1, 4), swap("0", "2", true, 2, 3)]],
  ])("may not show %s", (_, history) => {
    expect(checkLinearizability(registerModel("0"), history)).toMatchObject({ isLinearizable: false });
  });

  it("names the operation that no order explains, the pending ones, and the possible states", () => {
    const history = [write("1", 1, 2), write("2", 3), read("7", 4, 5), read("1", 6, 7)];
    expect(() => assertLinearizable(registerModel("0"), history)).toThrow(
      "not linearizable: no order explains p4: { type: 'read' } -> '7'; before it, one of [ '1' ]; " +
        "pending at that time:\n  p3: { type: 'write', value: '2' } -> no return",
    );
  });

  it("is not checked if too many operations are pending at once", () => {
    const history = [...Array.from({ length: 20 }, (_, index) => write(`${index}`, index)), read("19", 30, 31)];
    expect(() => checkLinearizability(registerModel("0"), history, { maxConfigurations: 1_000 })).toThrow(RangeError);
  });
});

describe("a counter", () => {
  const add = (output: bigint, calledAt: number, returnedAt?: number): HistoryOperation<CounterInput, bigint> =>
    op({ type: "add", delta: 1n }, calledAt, returnedAt, returnedAt === undefined ? undefined : output);

  it("may count a pending addition or not", () => {
    for (const second of [1n, 2n]) {
      expect(checkLinearizability(counterModel(0n), [add(0n, 1), add(second, 2, 3)]).isLinearizable).toBe(true);
    }
  });

  it("may neither count an addition twice nor lose it", () => {
    for (const second of [0n, 1n, 3n]) {
      expect(checkLinearizability(counterModel(0n), [add(1n, 1, 2), add(second, 3, 4)]).isLinearizable).toBe(false);
    }
    expect(checkLinearizability(counterModel(0n), [add(0n, 1), add(3n, 2, 3)]).isLinearizable).toBe(false);
  });
});

describe("a lock", () => {
  type Lock = HistoryOperation<LockInput, bigint | boolean>;
  const acquire = (token: bigint, calledAt: number, returnedAt: number): Lock =>
    op({ type: "acquire" }, calledAt, returnedAt, token);
  const release = (token: bigint, calledAt: number, returnedAt?: number): Lock =>
    op({ type: "release", token }, calledAt, returnedAt, returnedAt === undefined ? undefined : true);
  const guarded = (token: bigint, output: boolean, calledAt: number, returnedAt: number): Lock =>
    op({ type: "guarded", token }, calledAt, returnedAt, output);

  it.each<[string, Lock[]]>([
    ["be held one after the other", [acquire(1n, 1, 2), release(1n, 3, 4), acquire(5n, 5, 6), guarded(5n, true, 7, 8)]],
    ["be granted while it is released", [acquire(1n, 1, 2), acquire(2n, 3, 6), release(1n, 4, 7)]],
    [
      "be lost without an event, and then refuse",
      [acquire(1n, 1, 2), release(1n, 3), guarded(1n, true, 4, 5), acquire(2n, 6, 7), guarded(1n, false, 8, 9)],
    ],
    [
      "be released twice",
      [acquire(1n, 1, 2), release(1n, 3, 4), acquire(2n, 5, 6), release(1n, 7, 8), guarded(2n, true, 9, 10)],
    ],
  ])("may %s", (_, history) => {
    expect(checkLinearizability(lockModel, history)).toMatchObject({ isLinearizable: true });
  });

  it.each<[string, Lock[]]>([
    ["have two holders", [acquire(1n, 1, 2), acquire(2n, 3, 4)]],
    ["be granted before it is released", [acquire(1n, 1, 2), acquire(2n, 3, 4), release(1n, 5, 6)]],
    ["grant an older token", [acquire(2n, 1, 2), release(2n, 3, 4), acquire(1n, 5, 6)]],
    ["grant a token twice", [acquire(2n, 1, 2), release(2n, 3, 4), acquire(2n, 5, 6)]],
    [
      "accept a write guarded by an old token",
      [acquire(1n, 1, 2), release(1n, 3), acquire(2n, 4, 5), guarded(1n, true, 6, 7)],
    ],
    ["refuse the holder", [acquire(1n, 1, 2), guarded(1n, false, 3, 4)]],
  ])("may not %s", (_, history) => {
    expect(checkLinearizability(lockModel, history)).toMatchObject({ isLinearizable: false });
  });
});

describe("every small history", () => {
  const inputs: readonly RegisterInput[] = [
    { type: "read" },
    { type: "write", value: "1" },
    { type: "compareAndSet", expected: "0", value: "1" },
    { type: "compareAndSet", expected: "1", value: "0" },
  ];
  const answers = ({ type }: RegisterInput) =>
    type === "read" ? ["0", "1"] : type === "write" ? [true] : [true, false];

  it("has the verdict of a search through all orders", () => {
    const model = registerModel("0");
    const counts = { good: 0, bad: 0 };
    for (const times of intervals(3)) {
      for (const chosen of product(inputs, 3)) {
        // Each may be pending.
        for (const outputs of productOf(chosen.map((input) => [undefined, ...answers(input)]))) {
          const history = chosen.map((input, index): Register => {
            const [calledAt, returnedAt] = times[index]!;
            return op(input, calledAt, outputs[index] === undefined ? undefined : returnedAt, outputs[index]);
          });
          const verdict = checkLinearizability(model, history).isLinearizable;
          counts[verdict ? "good" : "bad"]++;
          if (verdict !== hasAnOrder(model, history)) expect({ history, verdict }).toBe("the same verdict");
        }
      }
    }
    expect(counts.good + counts.bad).toBe(15 * (3 + 2 + 3 + 3) ** 3);
    expect(Math.min(counts.good, counts.bad)).toBeGreaterThan(3_000);
  });
});

/** Returns all orders of the calls and returns of `count` operations, up to exchange of the operations. */
function intervals(count: number): (readonly [number, number])[][] {
  const found: (readonly [number, number])[][] = [];
  const place = (free: readonly number[], placed: readonly (readonly [number, number])[]): void => {
    const [first, ...rest] = free;
    if (first === undefined) found.push([...placed]);
    for (const end of rest)
      place(
        rest.filter((each) => each !== end),
        [...placed, [first!, end]],
      );
  };
  place(
    Array.from({ length: 2 * count }, (_, index) => index),
    [],
  );
  return found;
}

function product<T>(choices: readonly T[], length: number): T[][] {
  return productOf(Array.from({ length }, () => choices));
}

function productOf<T>(choices: readonly (readonly T[])[]): T[][] {
  return choices.reduce<T[][]>((all, each) => all.flatMap((some) => each.map((one) => [...some, one])), [[]]);
}

/** Searches all orders of the operations, with each subset of the pending ones. */
function hasAnOrder<S, I, O>(
  model: SequentialModel<S, I, O>,
  left: readonly HistoryOperation<I, O>[],
  state: S = model.initial,
): boolean {
  if (left.every(({ returnedAt }) => returnedAt === undefined)) return true;
  return left.some((next) => {
    const rest = left.filter((each) => each !== next);
    const mayBeNext = rest.every(({ returnedAt = Number.POSITIVE_INFINITY }) => returnedAt >= next.calledAt);
    return mayBeNext && model.step(state, next.input, next.output).some((after) => hasAnOrder(model, rest, after));
  });
}
