import { expect, test } from "vitest";
import tables from "../golden/tables-3.8.0.json" with { type: "json" };
import { OpCode } from "./op-code.js";

test("operation types are those of ZooDefs.OpCode, all of them", () => {
  expect(OpCode).toStrictEqual(tables.opCodes);
});
