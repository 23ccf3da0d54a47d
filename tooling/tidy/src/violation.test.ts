import { expect, it } from "vitest";
import { formatViolation } from "./violation.ts";

it("a violation is formatted as one line, which an editor can jump to, with its remedy", () => {
  const violation = { path: "packages/a/src/b.ts", line: 7, rule: "layers", message: "points up", remedy: "turn it" };
  expect(formatViolation(violation)).toBe("packages/a/src/b.ts:7 layers points up (turn it)");
});
