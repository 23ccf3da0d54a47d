import { expect, test } from "vitest";
import { GatheredBytes } from "./gathered-bytes.js";
import { toHex } from "./golden/hex.js";

test("parts are joined in order, and the buffer is handed over", () => {
  const gathered = new GatheredBytes();
  const chunk = Uint8Array.of(1, 2, 3, 4);
  gathered.add(chunk, 1, 3);
  gathered.add(chunk, 0, 4);
  gathered.add(chunk, 2, 2);
  const { length } = gathered;
  expect(toHex(gathered.take().subarray(0, length))).toBe("020301020304");
  expect([gathered.length, gathered.buffer.length]).toStrictEqual([0, 0]);
});

test("the buffer is at most twice as long as the bytes received", () => {
  const gathered = new GatheredBytes();
  const lengths = new Set<number>();
  for (let part = 0; part < 1000; part++) {
    gathered.add(new Uint8Array(10), 0, 10);
    expect(gathered.buffer.length).toBeLessThanOrEqual(2 * gathered.length);
    lengths.add(gathered.buffer.length);
  }
  // It about doubles; one that grew with each part would have 1000 lengths.
  expect(lengths.size).toBeLessThan(20);
});
