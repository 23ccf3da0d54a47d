import { expect, test } from "vitest";
import tables from "../golden/tables-3.8.0.json" with { type: "json" };
import { OpCode } from "./op-code.js";

test("operation types equal all of ZooDefs.OpCode", () => {
  expect(OpCode).toStrictEqual(tables.opCodes);
});
