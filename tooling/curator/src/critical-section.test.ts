import { expect, it } from "vitest";
import { CriticalSection } from "./critical-section.ts";

const nothing = async (): Promise<void> => {};

it("a critical section records the name and token of each entry, in order", async () => {
  using section = new CriticalSection();
  await section.run("a", "exclusive", 7n, nothing);
  await section.run("b", 2, 9n, () => section.run("c", 2, 8n, nothing));
  expect(section.entries).toEqual([
    { name: "a", token: 7n },
    { name: "b", token: 9n },
    { name: "c", token: 8n },
  ]);
});

it.each([
  ["exclusive", "exclusive"],
  ["exclusive", 9],
  [9, "exclusive"],
  [1, 1],
] as const)("a critical section with a holder of limit %s rejects a second one of limit %s", async (first, second) => {
  using section = new CriticalSection();
  const both = section.run("a", first, 1n, () => section.run("b", second, 2n, nothing));
  await expect(both).rejects.toThrow("too many holders in the critical section");
});
