import { expect, it } from "vitest";
import { itemsToTake } from "./queue-order.js";

it("queue items are delivered oldest first, also when the counter wraps, without taken items and other znodes", () => {
  const [first, second, third] = ["_c_b-item-2147483647", "_c_c-item--2147483648", "_c_a-item--2147483647"];
  expect(itemsToTake([third!, "notes", first!, second!], [])).toEqual([first, second, third]);
  expect(itemsToTake([third!, first!, second!], [first!])).toEqual([second, third]);
});

it("queue items are delivered by the smallest priority, then the oldest first", () => {
  const names = [
    "_c_d-item-0000000001--2147483648",
    "_c_c-item-0000000009-0000000001",
    "_c_b-item-0000000010-0000000000",
  ];
  expect(itemsToTake(names.toReversed(), [])).toEqual(names);
});

it("queue items are recognized by the end of their names", () => {
  const others = [
    "item-0000000001x",
    "item-1",
    "item-0000000001-",
    "item--12345678",
    "0000000001",
    "item-12-0000000001",
  ];
  expect(itemsToTake([...others, "item-0000000002"], [])).toEqual(["item-0000000002"]);
});

it("queue items with equal priorities are delivered oldest first", () => {
  const names = ["_c_b-item-0000000007-0000000002", "_c_a-item-0000000007-0000000010"];
  expect(itemsToTake(names.toReversed(), [])).toEqual(names);
});

it("queue items without a priority are delivered before those with a larger one", () => {
  const names = ["_c_b-item-0000000009", "_c_a-item-0000000001-0000000001"];
  expect(itemsToTake(names.toReversed(), [])).toEqual(names);
});
