import { expect, it } from "vitest";
import { type Contender, queuePlaces, readWritePlaces, semaphorePlaces } from "./queue-places.js";

const contender = (id: string, fencingToken: number, stem = "lock-", sessionId = 1n): Contender => ({
  ...{ id, fencingToken: BigInt(fencingToken), sessionId },
  path: `/lock/_c_0-${stem}${String(fencingToken).padStart(10, "0")}`,
});

/** Formats places as `id role [reason]`. */
const shown = (places: ReturnType<typeof queuePlaces>): string[] =>
  places.map(
    ({ id, role, waitsFor, why }) => `${id} ${role}${waitsFor === undefined ? "" : ` for ${waitsFor.id}: ${why}`}`,
  );

it("the first of a queue holds, and each other one waits for the one before it", () => {
  expect(shown(queuePlaces([contender("a", 1), contender("b", 2), contender("c", 3)]))).toEqual([
    "a holds",
    "b waits for a: it holds",
    "c waits for b: it is earlier in the queue",
  ]);
  expect(shown(queuePlaces([contender("a", 1), contender("b", 2)], ["leads", "candidate"]))).toEqual([
    "a leads",
    "b candidate for a: it leads",
  ]);
  expect(queuePlaces([])).toEqual([]);
});

it("readers hold together until a writer waits, and later readers wait for that writer", () => {
  const [read, write] = ["__READ__", "__WRIT__"];
  const queue = [
    contender("r1", 1, read),
    contender("r2", 2, read),
    contender("w", 3, write),
    contender("r3", 4, read),
  ];
  expect(shown(readWritePlaces(queue))).toEqual([
    "r1 holds",
    "r2 holds",
    "w waits for r2: a writer waits for all earlier ones",
    "r3 waits for w: a reader waits for earlier writers",
  ]);
  expect(readWritePlaces(queue).map(({ access }) => access)).toEqual(["read", "read", "write", "read"]);
});

it("the permit for which the first of a semaphore's queue asks is not held", () => {
  const permits = [contender("a", 1, "lease-", 1n), contender("b", 2, "lease-", 2n), contender("c", 6, "lease-", 3n)];
  const queue = [contender("c", 5, "lock-", 3n), contender("d", 7, "lock-", 4n)];
  expect(shown(semaphorePlaces(permits, queue))).toEqual([
    "a holds",
    "b holds",
    "c waits for a: any held permit may be the next one",
    "d waits for c: it is earlier in the queue",
  ]);
  expect(shown(semaphorePlaces(permits.slice(0, 2), []))).toEqual(["a holds", "b holds"]);
});
