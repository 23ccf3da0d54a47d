import { expect, it } from "vitest";
import { ReadAhead } from "./read-ahead.js";

const later = async (): Promise<string> => "later";

it("gives what was sent, once", async () => {
  const ahead = new ReadAhead<string>();
  ahead.send(async () => "ahead");
  expect([await ahead.take(later), await ahead.take(later)]).toEqual(["ahead", "later"]);
});

it("reads where nothing was sent, or what was sent is dropped", async () => {
  const ahead = new ReadAhead<string>();
  expect(await ahead.take(later)).toBe("later");
  ahead.send(async () => "ahead");
  ahead.drop();
  expect(await ahead.take(later)).toBe("later");
});

it("fails where it is taken, and is silent where it is not", async () => {
  const ahead = new ReadAhead<string>();
  ahead.send(() => Promise.reject(new Error("nobody hears of this")));
  await new Promise((resolve) => setImmediate(resolve));
  ahead.drop();
  ahead.send(() => Promise.reject(new Error("no znode")));
  await expect(ahead.take(later)).rejects.toThrow("no znode");
});
