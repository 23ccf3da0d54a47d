import ts from "typescript";
import type { Rule } from "../rule.ts";

const SUITE = /^(?:it|test|describe|suite|bench)\b/;
const CONTEXT = /^(?:context|ctx|t|task|test|it)$/;

const REMEDY = 'run it, or use skipIf(condition) or context.skip("reason")';

/**
 * Every test runs. A test that cannot run here has a condition, or a reason that is printed. Biome's noFocusedTests refuses
 * `.only`; its noSkippedTests does not see tables of tests.
 */
export const wholeSuite: Rule = {
  name: "whole-suite",
  *check({ sources }) {
    for (const file of sources) {
      for (const node of file.all(ts.isPropertyAccessExpression)) {
        const message = problemOf(node);
        if (message === undefined) continue;
        yield { path: file.path, line: file.lineOf(node), message, remedy: REMEDY };
      }
      for (const call of file.role === "test" ? file.all(ts.isCallExpression) : []) {
        const message = optionProblem(call) ?? silentSkip(call);
        if (message !== undefined) yield { path: file.path, line: file.lineOf(call), message, remedy: REMEDY };
      }
    }
  },
  refuses: [
    fixture("a table of tests left out", 'test.skip.each([1])("x", () => {});'),
    fixture("a test to come", 'it.todo("x");'),
    fixture("a test that leaves without a word", 'it("x", (context) => context.skip());'),
    fixture("a condition that is none", 'describe.skipIf(true)("x", () => {});'),
    fixture("a test left out by an option", 'it("x", { skip: true }, () => {});'),
    fixture("a test that leaves by a borrowed name", 'it("x", ({ skip }) => skip());'),
  ],
  allows: [
    fixture("a condition", 'describe.skipIf(process.platform === "win32")("x", () => {});'),
    fixture("a reason", 'it("x", (context) => context.skip("needs Java"));'),
    fixture("other things of that name", "const list: any = {};\nlist.skip(3).only(2);"),
  ],
};

function fixture(title: string, text: string) {
  return { title, files: { "packages/client/src/connect.test.ts": `${text}\n` } };
}

function problemOf(node: ts.PropertyAccessExpression): string | undefined {
  const name = node.name.text;
  const receiver = node.expression.getText();
  const call = ts.isCallExpression(node.parent) && node.parent.expression === node ? node.parent : undefined;
  if (SUITE.test(receiver)) {
    if (/^(?:todo|skip)$/.test(name)) return `${receiver.slice(0, 20)}.${name}`;
    const [condition] = call?.arguments ?? [];
    if (/^(?:skipIf|runIf)$/.test(name) && condition !== undefined && isConstant(condition))
      return `${name} with a constant condition`;
  }
  const isSilent = name === "skip" && CONTEXT.test(receiver) && call?.arguments.length === 0;
  return isSilent ? "a test that skips itself without a reason" : undefined;
}

function isConstant({ kind }: ts.Expression): boolean {
  return kind === ts.SyntaxKind.TrueKeyword || kind === ts.SyntaxKind.FalseKeyword;
}

function optionProblem({ expression, arguments: values }: ts.CallExpression): string | undefined {
  if (!SUITE.test(expression.getText())) return undefined;
  for (const { properties } of values.filter(ts.isObjectLiteralExpression)) {
    for (const property of properties.filter(ts.isPropertyAssignment)) {
      const name = property.name.getText();
      const isOn = property.initializer.kind === ts.SyntaxKind.TrueKeyword;
      if (isOn && /^(?:only|skip|todo)$/.test(name)) return `${name}: true`;
    }
  }
  return undefined;
}

function silentSkip({ expression, arguments: values }: ts.CallExpression): string | undefined {
  const isSkip = ts.isIdentifier(expression) && expression.text === "skip" && values.length === 0;
  return isSkip ? "a test that skips itself without a reason" : undefined;
}
