import { expect, it } from "vitest";
import { eventually } from "./eventually.js";

it("resolves with the first value that is something", async () => {
  const values = [undefined, null, false, 0];
  expect(await eventually(() => values.shift(), { intervalMs: 1 })).toBe(0);
});

it("resolves with the first value that the caller takes", async () => {
  let value = 0;
  expect(await eventually(() => ++value, { until: (seen) => seen === 3, intervalMs: 1 })).toBe(3);
});

it("looks again after a look that failed", async () => {
  let looks = 0;
  const read = async (): Promise<string> => {
    if (++looks < 3) throw new Error("not yet");
    return "there";
  };
  expect(await eventually(read, { intervalMs: 1 })).toBe("there");
});

it("says at the deadline what it waited for and what it saw last", async () => {
  const waiting = eventually(() => ({ children: ["a"] }), {
    until: () => false,
    timeoutMs: 5,
    what: "the third child",
  });
  await expect(waiting).rejects.toThrow("the third child did not come within 5 ms; last seen: { children: [ 'a' ] }");
});

it("keeps the error of the last look", async () => {
  const cause = new Error("no such thing");
  const waiting = eventually(() => Promise.reject(cause), { timeoutMs: 5 });
  await expect(waiting).rejects.toMatchObject({ cause, message: expect.stringContaining("no such thing") });
});
