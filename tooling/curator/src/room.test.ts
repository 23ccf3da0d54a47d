import { expect, it } from "vitest";
import { Room } from "./room.ts";

const nothing = async (): Promise<void> => {};

it("notes who was inside, with which token, in the order in which they came", async () => {
  using room = new Room();
  await room.visit("a", "alone", 7n, nothing);
  await room.visit("b", 2, 9n, () => room.visit("c", 2, 8n, nothing));
  expect(room.entries).toEqual([
    { name: "a", token: 7n },
    { name: "b", token: 9n },
    { name: "c", token: 8n },
  ]);
});

it.each([
  ["alone", "alone"],
  ["alone", 9],
  [9, "alone"],
  [1, 1],
] as const)("finds out that somebody (%s) is inside with another (%s)", async (first, second) => {
  using room = new Room();
  const both = room.visit("a", first, 1n, () => room.visit("b", second, 2n, nothing));
  await expect(both).rejects.toThrow("these are inside at once");
});
