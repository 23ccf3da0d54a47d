import { expect, it } from "vitest";
import { formatQuotaRecord, parseQuotaRecord } from "./quota-record.js";

const parsed = (text: string) => parseQuotaRecord(new TextEncoder().encode(text));
const formatted = (count: number, bytes: number, countHardLimit: number, byteHardLimit: number) =>
  new TextDecoder().decode(formatQuotaRecord({ count, bytes, countHardLimit, byteHardLimit }));

it("reads the usage of a subtree, which has no hard limits", () => {
  expect(parsed("count=5,bytes=100")).toStrictEqual({ count: 5, bytes: 100, countHardLimit: -1, byteHardLimit: -1 });
});

it("reads hard limits in any order, and negative numbers", () => {
  const limits = { count: -1, bytes: -1, countHardLimit: 12, byteHardLimit: 34 };
  expect(parsed("count=-1,bytes=-1=;byteHardLimit=34;countHardLimit=12")).toStrictEqual(limits);
  expect(parsed("count=-1,bytes=-1=;countHardLimit=12;byteHardLimit=34")).toStrictEqual(limits);
});

it("reads values that are missing, or no whole numbers, as no limit", () => {
  const none = { count: -1, bytes: -1, countHardLimit: -1, byteHardLimit: -1 };
  expect(parseQuotaRecord(null)).toStrictEqual(none);
  for (const text of ["", "count", "count=,bytes=", "count=x1,bytes=1x", "count= 1,bytes=1.5"]) {
    expect(parsed(text), text).toStrictEqual(none);
  }
});

it("writes hard limits only where there are some, after a second =, the one of bytes first", () => {
  expect(formatted(5, 100, -1, -1)).toBe("count=5,bytes=100");
  expect(formatted(5, 100, 12, -1)).toBe("count=5,bytes=100=;countHardLimit=12");
  expect(formatted(5, 100, -1, 34)).toBe("count=5,bytes=100=;byteHardLimit=34");
  expect(formatted(-1, -1, 12, 34)).toBe("count=-1,bytes=-1=;byteHardLimit=34;countHardLimit=12");
});
