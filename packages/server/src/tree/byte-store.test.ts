import { randomInt } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { describe, expect, it } from "vitest";
import { ByteStore } from "./byte-store.js";

const SEEDS = { count: 5 };

describe("a store of bytes", () => {
  it("gives back what was put there, whatever was put and removed before and after", async () => {
    await forEachSeed((random) => {
      const store = new ByteStore();
      const kept: { place: number; value: Uint8Array }[] = [];
      for (let step = 0; step < 2000; step++) {
        if (randomInt(random, 5) < 2 && kept.length > 0) {
          const [{ place, value } = kept[0]!] = kept.splice(randomInt(random, kept.length), 1);
          expect(store.get(place, value.length)).toEqual(value);
          store.remove(place, value.length);
        } else {
          const length = randomInt(random, 2 ** randomInt(random, 11));
          const value = new Uint8Array(length).fill(step);
          kept.push({ place: store.put(value, length), value });
        }
      }
      for (const { place, value } of kept) expect(store.get(place, value.length)).toEqual(value);
    }, SEEDS);
  });

  it("lets a small value hold no more than a page of memory", () => {
    const store = new ByteStore();
    for (let length = 1; length <= 512; length++) {
      const place = store.put(new Uint8Array(length), length);
      expect(store.get(place, length).buffer.byteLength).toBe(Math.min(8192, 512 * 4 * Math.ceil(length / 4)));
    }
  });

  it("uses the memory of what was removed for what comes, of whatever length", () => {
    const store = new ByteStore();
    let highestPage = 0;
    for (let round = 0; round < 20; round++) {
      for (const length of [16, 100, 500, 33]) {
        const places = Array.from({ length: 1000 }, () => store.put(new Uint8Array(length), length));
        highestPage = Math.max(highestPage, ...places.map((place) => place >>> 9));
        for (const place of places) store.remove(place, length);
      }
    }
    // The most that there are at a time is 1000 of 500 bytes, and 16 of them go into a page.
    expect(highestPage).toBeLessThan(1000 / 16 + 50);
  });

  it("keeps a page for the next value if no other has room, and frees an empty one otherwise", () => {
    const store = new ByteStore();
    const put = (length: number): number => store.put(new Uint8Array(length), length);
    const pageOf = (place: number): number => place >>> 9;
    // 16 values of 512 bytes fill a page.
    const first = Array.from({ length: 16 }, () => put(512));
    let second = put(512);
    const memory = store.memoryOf(second);
    store.remove(second, 512);
    second = put(512);
    expect([first.map(pageOf), pageOf(second)]).toEqual([Array(16).fill(0), 1]);
    expect(store.memoryOf(second)).toBe(memory);
    // Now the first page has room too, and the second is empty: its number is free.
    store.remove(first[0]!, 512);
    expect(store.get(first[1]!, 512)).toHaveLength(512);
    store.remove(second, 512);
    expect(pageOf(put(600))).toBe(1);
    // Now a third page has room, and the first, which is asked first, becomes empty.
    const more = [put(512), put(512)];
    store.remove(first[15]!, 512);
    for (const place of [...first.slice(1, 15), more[0]!]) store.remove(place, 512);
    expect([more.map(pageOf), pageOf(put(600))]).toEqual([[0, 2], 0]);
  });

  it.each([100, 1000, 2000])("keeps a copy of the first %i bytes, whatever becomes of them", (length) => {
    const store = new ByteStore();
    for (const bytes of [new Uint8Array(2000).fill(1), Buffer.alloc(2000, 1)]) {
      const place = store.put(bytes, length);
      bytes.fill(2);
      expect(store.get(place, length)).toEqual(new Uint8Array(length).fill(1));
    }
  });

  it("holds empty values without memory, and null ones, whose length is -1", () => {
    const store = new ByteStore();
    const place = store.put(new Uint8Array(0), 0);
    expect(store.get(place, 0)).toEqual(new Uint8Array(0));
    expect([store.memoryOf(place).length, store.offsetOf(place)]).toEqual([0, 0]);
    for (const length of [0, -1]) store.remove(place, length);
    expect(store.put(new Uint8Array(600), 600)).toBe(0);
  });

  it("holds thousands of values with pages of their own, and uses the pages again", () => {
    const store = new ByteStore();
    const filled = (index: number): Uint8Array => new Uint8Array(513).fill(index);
    for (let round = 0; round < 2; round++) {
      const places = Array.from({ length: 2000 }, (_, index) => store.put(filled(index), 513));
      expect(new Set(places).size).toBe(2000);
      expect(Math.max(...places) >>> 9).toBe(1999);
      for (const [index, place] of places.entries()) {
        expect(store.memoryOf(place)).toEqual(filled(index));
        expect(store.offsetOf(place)).toBe(0);
        store.remove(place, 513);
      }
    }
  });
});
