import ts from "typescript";
import type { Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";

const WIDE = /^(?:[cmp]?zxid|last(?:\w*)Zxid|sessionId|ephemeralOwner|fencingToken|digest)$/;

/** Invariant 8: a value of 64 bits is never squeezed into a number. (Half of one, `x & 0xffffffffn`, may be.) */
export const exact64Bit: Rule = {
  name: "exact-64-bit",
  *check({ sources }) {
    for (const file of sources.filter(({ role }) => role === "source")) {
      for (const node of squeezed(file)) {
        const remedy = "keep it a bigint";
        yield {
          path: file.path,
          line: file.lineOf(node),
          message: `${node.getText()} loses bits of a 64-bit value`,
          remedy,
        };
      }
      for (const node of narrow(file)) {
        const message = `${node.name.getText()} has 64 bits and is declared as number`;
        yield { path: file.path, line: file.lineOf(node), message, remedy: "declare it as bigint" };
      }
    }
  },
  refuses: [
    fixture("a zxid made a number", "export const f = (stat: any) => Number(stat.czxid);"),
    fixture("a session id made a number", "export const f = (sessionId: bigint) => Number(sessionId);"),
    fixture("a number by its sign", "export const f = (stat: any) => +stat.mzxid;"),
    fixture("a number by parsing", "export const f = (s: any) => Number.parseInt(s.ephemeralOwner, 16);"),
    fixture("a member", "export interface Stat { readonly pzxid: number }"),
    fixture("a member that may be missing", "export class Stat { lastProcessedZxid?: number | undefined; }"),
    fixture("a getter", "export class A { get sessionId(): number { return 1; } }"),
    fixture("a variable", "export let lastSeenZxid: number | undefined;"),
    fixture("a parameter", "export function f(fencingToken: number): void {}"),
  ],
  allows: [
    fixture(
      "bigints, halves, other numbers",
      [
        "export interface Stat { czxid: bigint; digest: string; version: number }",
        "export const f = (zxid: bigint) => Number(zxid >> 32n) + Number(zxid & 0xffffffffn);",
        "export const g = (stat: any) => Number(stat.version);",
      ].join("\n"),
    ),
  ],
};

function fixture(title: string, text: string) {
  return { title, files: { "packages/client/src/peek.ts": `${text}\n` } };
}

function squeezed(file: SourceFile): ts.Expression[] {
  const calls = file.all(ts.isCallExpression).filter(({ expression, arguments: [value] }) => {
    return /^(?:(?:Number\.)?parse(?:Int|Float)|Number)$/.test(expression.getText()) && isWide(value);
  });
  const signs = file.all(ts.isPrefixUnaryExpression).filter(({ operator, operand }) => {
    return operator === ts.SyntaxKind.PlusToken && isWide(operand);
  });
  return [...calls, ...signs];
}

function isWide(value: ts.Expression | undefined): boolean {
  if (value === undefined) return false;
  if (ts.isParenthesizedExpression(value) || ts.isNonNullExpression(value)) return isWide(value.expression);
  if (ts.isPropertyAccessExpression(value)) return WIDE.test(value.name.text.replace(/^#/, ""));
  return ts.isIdentifier(value) && WIDE.test(value.text);
}

type Typed = ts.Node & { readonly name: ts.Node; readonly type?: ts.TypeNode };

/** Members, parameters, variables, and functions by their result. */
function narrow(file: SourceFile): Typed[] {
  const guards = [
    ts.isPropertySignature,
    ts.isPropertyDeclaration,
    ts.isParameter,
    ts.isVariableDeclaration,
    ts.isGetAccessorDeclaration,
    ts.isMethodSignature,
    ts.isMethodDeclaration,
  ];
  const isTyped = (node: ts.Node): node is Typed => guards.some((guard) => guard(node));
  return file.all(isTyped).filter(({ name, type }) => {
    return WIDE.test(name.getText().replace(/^#/, "")) && type !== undefined && hasNumber(type);
  });
}

function hasNumber(type: ts.TypeNode): boolean {
  if (ts.isUnionTypeNode(type)) return type.types.some(hasNumber);
  return type.kind === ts.SyntaxKind.NumberKeyword;
}
