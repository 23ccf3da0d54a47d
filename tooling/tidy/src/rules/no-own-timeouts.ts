import ts from "typescript";
import type { Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";

/** The bound of every test in milliseconds: `HANG_MS` of tooling/vitest. A test may have a larger one. */
const BOUND_MS = 180_000;

/** Tests of the waits themselves. */
const SUBJECTS: readonly string[] = [
  "packages/testing/src/collect-events.test.ts",
  "packages/testing/src/eventually.test.ts",
];

const DECLARES = /^(?:it|test|describe|suite|beforeAll|beforeEach|afterAll|afterEach|itOnApache)\b/;
const WAITS = /(?:^|\.)(?:eventually|first|take|poll)$/;
const WAITS_ONE_SECOND = /^vi\.(?:waitFor|waitUntil)$/;

/**
 * A test waits for conditions as long as a busy machine needs. The only bounds are those of tooling/vitest and the default
 * of `eventually`: a shorter one makes a test fail on a busy machine.
 */
export const noOwnTimeouts: Rule = {
  name: "no-own-timeouts",
  *check({ sources }) {
    for (const file of sources) {
      const isTest = file.role === "test" || file.path.startsWith("tooling/verification/src/contracts/");
      if (!isTest || SUBJECTS.includes(file.path)) continue;
      for (const call of file.all(ts.isCallExpression)) {
        const message = problemOf(file, call);
        if (message === undefined) continue;
        const remedy = "wait with eventually() and without a time: the bound of every test is in tooling/vitest";
        yield { path: file.path, line: file.lineOf(call), message, remedy };
      }
    }
  },
  refuses: [
    fixture("a time at the end of a test", 'it("x", async () => {}, 30_000);'),
    fixture("a time by name", 'const LIMIT_MS = 30_000;\nit("x", async () => {}, LIMIT_MS);'),
    fixture("a time as an option", 'it("x", { timeout: 60_000 }, async () => {});'),
    fixture("a time of a table of tests", 'it.each([1])("x", async () => {}, 5_000);'),
    fixture("a time of a hook", "beforeAll(async () => {}, 10_000);"),
    fixture("a wait with a time", "await eventually(() => true, { timeoutMs: 20_000 });"),
    fixture("a poll with a time", "await expect.poll(() => 1, { timeout: 5_000 }).toBe(1);"),
    fixture("a wait of one second", "await vi.waitFor(() => {});"),
    fixture("a wait of ten seconds", "await vi.waitFor(() => {}, 10_000);"),
  ],
  allows: [
    fixture("a test that takes longer than others", 'it("x", async () => {}, 600_000);'),
    fixture("a wait without a time", "await eventually(() => true, { intervalMs: 5 });"),
    fixture("a bound that the test is about", "await connect({ timeoutMs: 5 });\nstates.take(3);"),
  ],
};

function fixture(title: string, text: string) {
  return { title, files: { "packages/client/src/connect.test.ts": `${text}\n` } };
}

function problemOf(file: SourceFile, call: ts.CallExpression): string | undefined {
  const name = call.expression.getText(file.ast);
  if (WAITS_ONE_SECOND.test(name)) return `${name} stops waiting after a second, or a time of its own`;
  const last = call.arguments.at(-1);
  if (last === undefined) return undefined;
  if (WAITS.test(name))
    return isShort(file, option(call, "timeoutMs", "timeout")) ? "a wait with a time of its own" : undefined;
  if (!DECLARES.test(name)) return undefined;
  const isTimed = isShort(file, option(call, "timeout")) || (call.arguments.length > 1 && isShort(file, last));
  return isTimed ? "a test or hook with a time of its own" : undefined;
}

/** The value of the first option that has one of these names, among the objects that are passed. */
function option(call: ts.CallExpression, ...names: readonly string[]): ts.Expression | undefined {
  for (const { properties } of call.arguments.filter(ts.isObjectLiteralExpression)) {
    for (const property of properties.filter(ts.isPropertyAssignment)) {
      if (names.includes(property.name.getText())) return property.initializer;
    }
  }
  return undefined;
}

/** Returns true for a number below the bound, and for a constant of this file that is one. */
function isShort(file: SourceFile, value: ts.Expression | undefined): boolean {
  if (value === undefined) return false;
  if (ts.isNumericLiteral(value)) return Number(value.text) < BOUND_MS;
  if (!ts.isIdentifier(value)) return false;
  const constant = file.all(ts.isVariableDeclaration).find(({ name }) => name.getText(file.ast) === value.text);
  const initial = constant?.initializer;
  return initial !== undefined && ts.isNumericLiteral(initial) && Number(initial.text) < BOUND_MS;
}
