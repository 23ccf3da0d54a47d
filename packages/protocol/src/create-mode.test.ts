import { expect, test } from "vitest";
import tables from "../golden/tables-3.8.0.json" with { type: "json" };
import { CreateMode, isEphemeral, isSequential } from "./create-mode.js";

test("create modes equal Java's CreateMode, with the same flags and kinds", () => {
  const modes = Object.entries(CreateMode).map(([name, flag]) => [
    name,
    { flag, ephemeral: isEphemeral(flag), sequential: isSequential(flag) },
  ]);
  expect(Object.fromEntries(modes)).toStrictEqual(tables.createModes);
});

test.each([-1, 7, 128])("the unknown mode %i is neither ephemeral nor sequential", (flag) => {
  expect([isEphemeral(flag), isSequential(flag)]).toStrictEqual([false, false]);
});
