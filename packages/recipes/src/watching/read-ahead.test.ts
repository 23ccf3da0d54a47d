import { expect, it } from "vitest";
import { ReadAhead } from "./read-ahead.js";

const later = async (): Promise<string> => "later";

it("a read-ahead returns the result of the read that was sent, once", async () => {
  const ahead = new ReadAhead<string>();
  ahead.send(async () => "ahead");
  expect([await ahead.take(later), await ahead.take(later)]).toEqual(["ahead", "later"]);
});

it("a read-ahead reads when no read was sent, or its result was dropped", async () => {
  const ahead = new ReadAhead<string>();
  expect(await ahead.take(later)).toBe("later");
  ahead.send(async () => "ahead");
  ahead.drop();
  expect(await ahead.take(later)).toBe("later");
});

it("a read-ahead rejects only when it is taken", async () => {
  const ahead = new ReadAhead<string>();
  ahead.send(() => Promise.reject(new Error("not reported")));
  await new Promise((resolve) => setImmediate(resolve));
  ahead.drop();
  ahead.send(() => Promise.reject(new Error("no znode")));
  await expect(ahead.take(later)).rejects.toThrow("no znode");
});
