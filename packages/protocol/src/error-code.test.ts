import { expect, test } from "vitest";
import tables from "../golden/tables-3.8.0.json" with { type: "json" };
import { ErrorCode, errorName } from "./error-code.js";

test("result codes equal all of KeeperException.Code, with underscores in the names", () => {
  const withoutUnderscores = Object.entries(ErrorCode).map(([name, code]) => [name.replaceAll("_", ""), code]);
  expect(Object.fromEntries(withoutUnderscores)).toStrictEqual(tables.errorCodes);
});

test("each result code has its name", () => {
  for (const [name, code] of Object.entries(ErrorCode)) expect(errorName(code)).toBe(name);
});

test("an unknown result code has no name", () => {
  expect(errorName(-9999)).toBeUndefined();
});
