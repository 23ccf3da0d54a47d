import { expect, it } from "vitest";
import { newPayouts } from "../queue/payout-queue.js";
import { type RunRecord, verdict } from "./verdict.js";

const due = newPayouts(4, 2);
const good: RunRecord = {
  due,
  paid: due.map((payout, index) => ({ ...payout, token: BigInt(index + 1), instance: "one" })),
  attempts: [],
  rejections: [],
  jobs: { completed: 4, failed: 0, active: 0 },
};
const failing = (record: RunRecord): string[] => verdict(record).flatMap(({ name, holds }) => (holds ? [] : [name]));

it("passes if every payout was made once, in order", () => {
  expect(failing(good)).toEqual([]);
});

it("fails if a payout is missing, has a wrong amount, or exists twice", () => {
  expect(failing({ ...good, paid: good.paid.slice(1) })).toEqual(["paid exactly once"]);
  expect(failing({ ...good, paid: good.paid.map((payout) => ({ ...payout, cents: 1 })) })).toEqual([
    "paid exactly once",
  ]);
  const again = { ...good.paid[0]!, token: 9n };
  expect(failing({ ...good, paid: [...good.paid, again] })).toEqual(["paid exactly once"]);
});

it("fails if two payouts of an account have the same token, or decreasing tokens", () => {
  for (const token of [1n, 0n]) {
    const paid = good.paid.map((payout) => (payout.id === "payout-3" ? { ...payout, token } : payout));
    expect(failing({ ...good, paid })).toEqual(["one at a time"]);
  }
});

it("fails if two grants for an account were valid at once, but not if one was lost", () => {
  const attempt = { account: "1", payout: "payout-1", token: 1n, instance: "one" };
  expect(failing({ ...good, attempts: [{ ...attempt, outcome: "overtaken" }] })).toEqual(["one at a time"]);
  expect(failing({ ...good, attempts: [{ ...attempt, outcome: "lost" }] })).toEqual([]);
});

it("fails if a job is missing or not completed", () => {
  expect(failing({ ...good, jobs: { completed: 3 } })).toEqual(["no job lost or stuck"]);
  expect(failing({ ...good, jobs: { completed: 4, delayed: 1 } })).toEqual(["no job lost or stuck"]);
});
