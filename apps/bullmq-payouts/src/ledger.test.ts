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

  it("pays what was opened, and says when that was done", () => {
    expect(ledger.open(payout(1), writer(5n))).toBe(true);
    expect(ledger.isInside("one")).toBe(true);
    ledger.pay(payout(1), writer(5n));
    expect(ledger.isInside("one")).toBe(false);
    expect(ledger.payouts()).toEqual([{ ...payout(1), ...writer(5n) }]);
    expect(ledger.visits()).toEqual([{ account: "a", payout: "p1", ...writer(5n), end: "paid" }]);
  });

  it("does not open what has been paid", () => {
    ledger.open(payout(1), writer(5n));
    ledger.pay(payout(1), writer(5n));
    expect(ledger.open(payout(1), writer(6n, "two"))).toBe(false);
    expect(() => ledger.pay(payout(1), writer(7n))).toThrow(/UNIQUE/);
    expect(ledger.count()).toBe(1);
  });

  it("says how each visit ended", () => {
    for (const [number, token] of [1n, 2n, 3n, 4n].entries()) ledger.open(payout(number), writer(token));
    ledger.leave(payout(1), writer(2n), () => false);
    ledger.leave(payout(2), writer(3n), () => true);
    ledger.leave(payout(3), writer(4n), () => true);
    ledger.open(payout(5), writer(5n));
    ledger.pay(payout(5), writer(5n));
    ledger.leave(payout(5), writer(5n), () => false);
    expect(ledger.visits().map(({ end }) => end)).toEqual(["none", "overtaken", "lost", "left", "paid"]);
  });

  it("refuses who came before the newest, also through another handle, and notes it", () => {
    const woken = new Ledger(join(folder, "ledger.sqlite"));
    woken.open(payout(1), writer(5n));
    ledger.open(payout(1), writer(9n, "two"));
    expect(woken.isInside("one")).toBe(false);
    expect(() => woken.pay(payout(1), writer(5n))).toThrow(StaleTokenError);
    woken.close();
    ledger.pay(payout(1), writer(9n, "two"));
    expect(ledger.refusals()).toEqual([{ account: "a", payout: "p1", ...writer(5n) }]);
    expect(ledger.payouts()).toEqual([{ ...payout(1), ...writer(9n, "two") }]);
  });

  it("fences each account for itself, with tokens beyond 2^53", () => {
    const token = 2n ** 62n + 1n;
    ledger.open(payout(1), writer(token));
    ledger.open(payout(2, "b"), writer(3n));
    ledger.pay(payout(2, "b"), writer(3n));
    expect(() => ledger.pay(payout(1), writer(token - 1n))).toThrow(StaleTokenError);
    ledger.pay(payout(1), writer(token));
    expect(ledger.payouts().map((paid) => paid.token)).toEqual([3n, token]);
  });
});
