import { expect, it } from "vitest";
import { byAge } from "./member.js";
import { optionalJson } from "./optional-json.js";

it("members are compared by age, the older one first", () => {
  const [older, younger] = [{ czxid: 1n }, { czxid: 2n }];
  expect([byAge(older, younger), byAge(younger, older), byAge(older, { ...older })]).toEqual([-1, 1, 0]);
});

it("the data of a member is JSON, and no bytes for undefined", async () => {
  const encoded = [undefined, null, { port: 1 }].map((value) => `${optionalJson.encode(value)}`);
  expect(encoded).toEqual(["", "null", '{"port":1}']);
  const decoded = await Promise.all(
    [null, Buffer.alloc(0), Buffer.from("[1]")].map((data) => optionalJson.decode(data)),
  );
  expect(decoded).toEqual([undefined, undefined, [1]]);
  expect(Object.isFrozen(optionalJson)).toBe(true);
});
