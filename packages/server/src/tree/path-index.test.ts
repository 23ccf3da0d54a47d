import { randomInt } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { expect, it } from "vitest";
import { PathIndex } from "./path-index.js";

const SEEDS = { count: 4 };

function rowsOf(index: PathIndex, hash: number): number[] {
  const rows: number[] = [];
  for (let place = index.start(hash); index.rowAt(place) !== 0; place = index.next(place)) {
    if (index.hashAt(place) === hash) rows.push(index.rowAt(place));
  }
  return rows.sort();
}

it("finds every row under its hash and none that was removed, however crowded its place is", async () => {
  await forEachSeed((random) => {
    const index = new PathIndex();
    const hashes: number[] = [];
    const present = new Map<number, number>();
    // Few places, at the end of the table too, so that rows stand where others should; and it has to grow, twice.
    const hashBy = (kind: number): number => (kind === 0 ? -1 - randomInt(random, 5) : randomInt(random, 2 ** 30));
    for (let step = 1; step < 12_000; step++) {
      const [oldest] = present.keys();
      if (randomInt(random, 5) === 0 && oldest !== undefined) {
        index.remove(hashes[oldest]!, oldest);
        present.delete(oldest);
      }
      hashes[step] = hashBy(randomInt(random, 20));
      index.add(hashes[step]!, step);
      present.set(step, hashes[step]!);
    }
    const expected = new Map<number, number[]>();
    for (const [row, hash] of present) expected.set(hash, [...(expected.get(hash) ?? []), row].sort());
    for (const hash of new Set(hashes.slice(1))) expect(rowsOf(index, hash)).toEqual(expected.get(hash) ?? []);
  }, SEEDS);
});
