import { inspect } from "node:util";
import { expect, it } from "vitest";
import { ZkError } from "./zk-error.js";

const error = new ZkError("NO_NODE", "getData /a: NO_NODE (-101)", { outcome: "rejected", path: "/a" });

it("a ZkError's stack begins with its name", () => {
  expect(error.stack).toMatch(/^ZkError: getData \/a: NO_NODE \(-101\)\n/);
});

it("a ZkError is printed with its name, code, outcome and path, and with nothing that every error has", () => {
  const printed = inspect(error);
  expect(printed).toMatch(/^ZkError: getData/);
  expect(printed.slice(printed.lastIndexOf("{"))).toBe(
    "{\n  code: 'NO_NODE',\n  outcome: 'rejected',\n  path: '/a',\n  errno: -101\n}",
  );
});

it("a ZkError is an Error, and recognized as a ZkError when another copy of the class made it", () => {
  const foreign = Object.assign(new Error("from another copy"), { [Symbol.for("conclave.ZkError")]: true });
  expect([error instanceof Error, error instanceof ZkError, foreign instanceof ZkError]).toEqual([true, true, true]);
  expect(new Error("none") instanceof ZkError).toBe(false);
});
