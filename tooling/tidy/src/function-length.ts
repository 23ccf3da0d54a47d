import ts from "typescript";
import type { SourceFile } from "./source-file.ts";

/** A function with a body, under a name that survives when lines move. */
export interface LongFunction {
  /** `Session.close`, `connect`, `callback in connect`. */
  readonly name: string;
  readonly line: number;
  /** Lines from its first to its last, the doc comment not counted. */
  readonly length: number;
}

/** The functions of `file` with more than `limit` lines. One that declares tests is a table, and has no limit. */
export function longFunctions(file: SourceFile, limit: number): LongFunction[] {
  const found: LongFunction[] = [];
  for (const node of file.all(ts.isFunctionLike)) {
    if (!("body" in node) || node.body === undefined) continue;
    const line = file.lineOf(node);
    const length = file.ast.getLineAndCharacterOfPosition(node.getEnd()).line + 2 - line;
    if (length > limit && !declaresTests(node)) found.push({ name: nameOf(node), line, length });
  }
  return found;
}

function declaresTests(node: ts.Node): boolean {
  const isTest = ts.isCallExpression(node) && /^(?:describe|it|test)\b/.test(node.expression.getText());
  return isTest || ts.forEachChild(node, (child) => declaresTests(child) || undefined) === true;
}

function nameOf(node: ts.Node): string {
  if (ts.isSourceFile(node)) return "the module";
  if (ts.isConstructorDeclaration(node)) return `${nameOf(node.parent)}.constructor`;
  const own = "name" in node ? (node.name as ts.Node | undefined) : undefined;
  if (own !== undefined && ts.isClassLike(node.parent)) return `${nameOf(node.parent)}.${own.getText()}`;
  if (own !== undefined) return own.getText();
  const { parent } = node;
  const isNamedByParent =
    ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent);
  if (isNamedByParent) return nameOf(parent);
  return ts.isFunctionLike(node) ? `callback in ${nameOf(parent)}` : nameOf(parent);
}
