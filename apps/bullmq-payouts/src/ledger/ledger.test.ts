import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Ledger, StaleTokenError } from "./ledger.js";

const payout = (number: number, account = "a") => ({ id: `p${number}`, account, cents: number });
const writer = (token: bigint, instance = "one") => ({ token, instance });

describe("a ledger", () => {
  let folder: string;
  let ledger: Ledger;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ledger-"));
    ledger = new Ledger(join(folder, "ledger.sqlite"));
  });
  afterEach(() => {
    ledger.close();
    rmSync(folder, { recursive: true });
  });

  it("records a payment and the outcome of its attempt", () => {
    expect(ledger.begin(payout(1), writer(5n))).toBe(true);
    expect(ledger.isPaying("one")).toBe(true);
    ledger.pay(payout(1), writer(5n));
    expect(ledger.isPaying("one")).toBe(false);
    expect(ledger.payouts()).toEqual([{ ...payout(1), ...writer(5n) }]);
    expect(ledger.attempts()).toEqual([{ account: "a", payout: "p1", ...writer(5n), outcome: "paid" }]);
  });

  it("begins no attempt for a payout that was paid", () => {
    ledger.begin(payout(1), writer(5n));
    ledger.pay(payout(1), writer(5n));
    expect(ledger.begin(payout(1), writer(6n, "two"))).toBe(false);
    expect(() => ledger.pay(payout(1), writer(7n))).toThrow(/UNIQUE/);
    expect(ledger.count()).toBe(1);
  });

  it("records the outcome of each attempt", () => {
    for (const [number, token] of [1n, 2n, 3n, 4n].entries()) ledger.begin(payout(number), writer(token));
    ledger.end(payout(1), writer(2n), () => false);
    ledger.end(payout(2), writer(3n), () => true);
    ledger.end(payout(3), writer(4n), () => true);
    ledger.begin(payout(5), writer(5n));
    ledger.pay(payout(5), writer(5n));
    ledger.end(payout(5), writer(5n), () => false);
    expect(ledger.attempts().map(({ outcome }) => outcome)).toEqual(["open", "overtaken", "lost", "abandoned", "paid"]);
  });

  it("rejects a token smaller than the largest, also through another connection, and records it", () => {
    const woken = new Ledger(join(folder, "ledger.sqlite"));
    woken.begin(payout(1), writer(5n));
    ledger.begin(payout(1), writer(9n, "two"));
    expect(woken.isPaying("one")).toBe(false);
    expect(() => woken.pay(payout(1), writer(5n))).toThrow(StaleTokenError);
    woken.close();
    ledger.pay(payout(1), writer(9n, "two"));
    expect(ledger.rejections()).toEqual([{ account: "a", payout: "p1", ...writer(5n) }]);
    expect(ledger.payouts()).toEqual([{ ...payout(1), ...writer(9n, "two") }]);
  });

  it("compares tokens for each account separately, and exactly beyond 2^53", () => {
    const token = 2n ** 62n + 1n;
    ledger.begin(payout(1), writer(token));
    ledger.begin(payout(2, "b"), writer(3n));
    ledger.pay(payout(2, "b"), writer(3n));
    expect(() => ledger.pay(payout(1), writer(token - 1n))).toThrow(StaleTokenError);
    ledger.pay(payout(1), writer(token));
    expect(ledger.payouts().map((paid) => paid.token)).toEqual([3n, token]);
  });
});
