import { describe, expect, it } from "vitest";
import { PathIndex } from "./path-index.js";

/** Slots of a new index, and how many of them may be used before it grows. */
const SLOTS = 4096;
const MOST_USED = 3071;

/** Returns the rows under a hash, in the order in which a search meets them. */
function rowsOf(index: PathIndex, hash: number): number[] {
  const rows: number[] = [];
  for (let place = index.start(hash); index.rowAt(place) !== 0; place = index.next(place)) {
    if (index.hashAt(place) === hash) rows.push(index.rowAt(place));
  }
  return rows;
}

describe("an index of paths", () => {
  it("places a row at the slot of its hash, or at the next free one, around the end too", () => {
    const index = new PathIndex();
    index.add(10, 1);
    index.add(10 + SLOTS, 2);
    index.add(11, 3);
    expect([10, 11, 12, 13].map((place) => index.rowAt(place))).toEqual([1, 2, 3, 0]);
    index.add(SLOTS - 1, 4);
    index.add(-1, 5);
    expect([SLOTS - 1, 0, 1].map((place) => index.rowAt(place))).toEqual([4, 5, 0]);
    expect([SLOTS - 1, 0].map((place) => index.hashAt(place))).toEqual([SLOTS - 1, -1]);
  });

  it("moves up the rows after a removed one that a search would no longer reach, and no others", () => {
    for (const first of [10, SLOTS - 2]) {
      const index = new PathIndex();
      const at = (offset: number): number => (first + offset) % SLOTS;
      index.add(at(0), 1);
      index.add(at(1), 2);
      index.add(at(0), 3);
      index.add(at(3), 4);
      index.add(at(1), 5);
      index.remove(at(0), 1);
      expect([0, 1, 2, 3, 4].map((offset) => index.rowAt(at(offset)))).toEqual([3, 2, 5, 4, 0]);
      index.remove(at(1), 5);
      index.remove(at(0), 3);
      expect([0, 1, 2, 3, 4].map((offset) => index.rowAt(at(offset)))).toEqual([0, 2, 0, 4, 0]);
      expect([rowsOf(index, at(1)), rowsOf(index, at(3))]).toEqual([[2], [4]]);
    }
  });

  it("doubles its slots beyond three quarters of them, and finds each row as before", () => {
    const index = new PathIndex();
    // The last slots overflow to the first ones; the hash of every other row belongs into the new half.
    const hashOf = (row: number): number => (row <= 5 ? SLOTS - 2 : row + (row % 2) * SLOTS);
    for (let row = 1; row <= MOST_USED; row++) index.add(hashOf(row), row);
    expect(index.start(SLOTS)).toBe(0);
    index.add(hashOf(MOST_USED + 1), MOST_USED + 1);
    expect(index.start(SLOTS)).toBe(SLOTS);
    expect(rowsOf(index, SLOTS - 2).sort()).toEqual([1, 2, 3, 4, 5]);
    for (let row = 6; row <= MOST_USED + 1; row++) {
      expect(index.rowAt(index.start(hashOf(row)))).toBe(row);
    }
  });

  it("grows by the rows that it has, not by those that it had", () => {
    const index = new PathIndex();
    for (let row = 1; row <= 2 * SLOTS; row++) {
      index.add(7, row);
      index.remove(7, row);
    }
    expect(index.start(SLOTS)).toBe(0);
    expect(rowsOf(index, 7)).toEqual([]);
  });

  it("grows again", () => {
    const index = new PathIndex();
    const count = 2 * SLOTS;
    for (let row = 1; row <= count; row++) index.add(row * 3, row);
    expect(index.start(3 * SLOTS)).toBe(3 * SLOTS);
    for (let row = 1; row <= count; row++) expect(rowsOf(index, row * 3)).toEqual([row]);
    for (let row = 1; row <= count; row++) index.remove(row * 3, row);
    for (let place = 0; place < 4 * SLOTS; place++) expect(index.rowAt(place)).toBe(0);
  });
});
