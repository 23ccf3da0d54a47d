import { expect, it } from "vitest";
import type { Facts } from "./facts.js";
import { payoutsOf } from "./payout.js";
import { verdict } from "./verdict.js";

const due = payoutsOf(4, 2);
const good: Facts = {
  due,
  paid: due.map((payout, index) => ({ ...payout, token: BigInt(index + 1), instance: "one" })),
  visits: [],
  refusals: [],
  jobs: { completed: 4, failed: 0, active: 0 },
};
const failing = (facts: Facts): string[] => verdict(facts).flatMap(({ name, holds }) => (holds ? [] : [name]));

it("holds where everything was paid once, in order", () => {
  expect(failing(good)).toEqual([]);
});

it("fails where a payout is missing, is another's, or is there twice", () => {
  expect(failing({ ...good, paid: good.paid.slice(1) })).toEqual(["paid exactly once"]);
  expect(failing({ ...good, paid: good.paid.map((payout) => ({ ...payout, cents: 1 })) })).toEqual([
    "paid exactly once",
  ]);
  const again = { ...good.paid[0]!, token: 9n };
  expect(failing({ ...good, paid: [...good.paid, again] })).toEqual(["paid exactly once"]);
});

it("fails where two payouts of an account share a token, or come in the wrong order", () => {
  for (const token of [1n, 0n]) {
    const paid = good.paid.map((payout) => (payout.id === "payout-3" ? { ...payout, token } : payout));
    expect(failing({ ...good, paid })).toEqual(["one at a time"]);
  }
});

it("fails where two workers had valid grants for an account at once, not where one grant was lost", () => {
  const visit = { account: "1", payout: "payout-1", token: 1n, instance: "one" };
  expect(failing({ ...good, visits: [{ ...visit, end: "overtaken" }] })).toEqual(["one at a time"]);
  expect(failing({ ...good, visits: [{ ...visit, end: "lost" }] })).toEqual([]);
});

it("fails where a job is lost or in another state", () => {
  expect(failing({ ...good, jobs: { completed: 3 } })).toEqual(["no job lost or stuck"]);
  expect(failing({ ...good, jobs: { completed: 4, delayed: 1 } })).toEqual(["no job lost or stuck"]);
});
