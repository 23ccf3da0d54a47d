import { describe, expect, it } from "vitest";
import { type Entrant, place, queueAmong, type RecipeKind } from "./layouts.js";

const entrant = (name: string, id: string): Entrant => ({ name, id, sessionId: "0x1", token: "1", since: 0 });

describe("recipes are recognized by the names of children", () => {
  it.each<[RecipeKind, string[], string[]]>([
    ["lock", ["_c_b-lock-0000000002", "_c_a-lock-0000000001"], ["_c_a-lock-0000000001", "_c_b-lock-0000000002"]],
    ["lock", ["_c_a-lock--2147483648", "_c_b-lock-2147483646"], ["_c_b-lock-2147483646", "_c_a-lock--2147483648"]],
    [
      "read-write lock",
      ["x-__WRIT__0000000002", "y-__READ__0000000001"],
      ["y-__READ__0000000001", "x-__WRIT__0000000002"],
    ],
    ["semaphore", ["_c_a-lease-0000000000"], ["_c_a-lease-0000000000"]],
    ["election", ["other", "_c_a-latch-0000000003"], ["_c_a-latch-0000000003"]],
  ])("%s: %j", (kind, children, names) => {
    expect(queueAmong(children)).toEqual({ kind, names });
  });

  it("children without a known stem and a number are no queue", () => {
    expect(queueAmong(["lock-", "lock-1", "a-lock-0000000001x", "item-0000000001"])).toBeUndefined();
  });
});

describe("each entrant has its part, and the reason for which it waits", () => {
  const parts = (kind: RecipeKind, ...queue: Entrant[]) => place(kind, queue).map(({ role, why }) => [role, why]);

  it("a lock is held by the first; the others wait in order", () => {
    expect(parts("lock", entrant("l1", "a"), entrant("l2", ""), entrant("l3", "c"))).toEqual([
      ["holds", ""],
      ["waits", "Waits for a to release it."],
      ["waits", "Behind l2, which waits too."],
    ]);
  });

  it("readers hold together, a writer waits for them, and later readers wait for the writer", () => {
    const queue = [
      entrant("__READ__1", "a"),
      entrant("__READ__2", "b"),
      entrant("__WRIT__3", "c"),
      entrant("__READ__4", "d"),
    ];
    expect(parts("read-write lock", ...queue, entrant("__WRIT__5", "e"))).toEqual([
      ["holds", ""],
      ["holds", ""],
      ["waits", "A writer waits for all 2 readers before it."],
      ["waits", "A reader waits for the writer before it, c."],
      ["waits", "Behind d, which waits too."],
    ]);
  });

  it("the first candidate of an election leads", () => {
    expect(parts("election", entrant("l1", "a"), entrant("l2", "b"))).toEqual([
      ["leads", ""],
      ["candidate", "Next when a leaves: the queue decides."],
    ]);
  });
});
