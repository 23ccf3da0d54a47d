import { expect, it } from "vitest";
import { InvoiceStore, StaleTokenError } from "./invoice-store.js";

const first = { token: 5n, replica: 1 };
const second = { token: 9n, replica: 2 };

it("closes the orders of a period once, and keeps later ones open", () => {
  using store = new InvoiceStore(":memory:");
  store.addOrder({ customer: "Ada", cents: 250, at: 10 });
  store.addOrder({ customer: "Bob", cents: 100, at: 99 });
  store.addOrder({ customer: "Cy", cents: 7, at: 100 });
  expect(store.beginRun(first, 0)).toBe(0);
  expect(store.openDraft()).toMatchObject({ period: 0, ...first });
  expect(store.closePeriod(first, 0, 100)).toMatchObject({ period: 0, orders: 2, cents: 350, ...first });
  expect(store.closePeriod(first, 1, 200)).toMatchObject({ period: 1, orders: 1, cents: 7 });
  expect([store.openOrders(), store.closedOrders()]).toEqual([0, 3]);
  expect(store.beginRun(first, 1)).toBeUndefined();
  expect([store.openDraft(), store.drafts().length]).toEqual([undefined, 1]);
  expect(store.lastRuns(1)).toMatchObject([{ period: 1 }]);
});

it("refuses an earlier leader once a later one has begun, before the later one has written a run", () => {
  using store = new InvoiceStore(":memory:");
  store.closePeriod(first, 7, 100);
  store.addOrder({ customer: "Ada", cents: 250, at: 10 });
  expect(store.beginRun(second, 9)).toBe(8);
  expect(() => store.closePeriod(first, 8, 200)).toThrow(StaleTokenError);
  expect(() => store.beginRun(first, 9)).toThrow(StaleTokenError);
  expect([store.runs().length, store.openOrders(), store.refusals()]).toEqual([1, 1, 2]);
});

it("names a file that is no database", () => {
  expect(() => new InvoiceStore("/")).toThrow("cannot use / as an SQLite database");
});
