import { expect, it } from "vitest";
import { eventually } from "./eventually.js";

it("resolves with the first value that is not false, null or undefined", async () => {
  const values = [undefined, null, false, 0];
  expect(await eventually(() => values.shift(), { intervalMs: 1 })).toBe(0);
});

it("resolves with the first value that fulfils the condition", async () => {
  let value = 0;
  expect(await eventually(() => ++value, { until: (seen) => seen === 3, intervalMs: 1 })).toBe(3);
});

it("tries again after a failed attempt", async () => {
  let looks = 0;
  const read = async (): Promise<string> => {
    if (++looks < 3) throw new Error("not yet");
    return "there";
  };
  expect(await eventually(read, { intervalMs: 1 })).toBe("there");
});

it("names the condition and the last value in the error of a timeout", async () => {
  const waiting = eventually(() => ({ children: ["a"] }), {
    until: () => false,
    timeoutMs: 5,
    what: "the third child",
  });
  await expect(waiting).rejects.toThrow(
    "timed out after 5 ms waiting for the third child; last value: { children: [ 'a' ] }",
  );
});

it("keeps the error of the last attempt as the cause", async () => {
  const cause = new Error("no such thing");
  const waiting = eventually(() => Promise.reject(cause), { timeoutMs: 5 });
  await expect(waiting).rejects.toMatchObject({ cause, message: expect.stringContaining("no such thing") });
});
