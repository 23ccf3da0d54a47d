import ts from "typescript";
import type { SourceFile } from "./source-file.ts";

/**
 * Globals to find: `all` finds the name itself; a list finds these members, and every use that hides the member (`const {
 * random } = Math`).
 */
export type Globals = ReadonlyMap<string, "all" | readonly string[]>;

/** A place where a file reads a global. */
export interface GlobalReference {
  /** `Date`, `Math.random`. */
  readonly name: string;
  readonly line: number;
}

/** Finds the places at which `file` reads one of `globals` as a value. Types, member names, comments, strings and local names are not reads. */
export function findGlobals(file: SourceFile, globals: Globals): GlobalReference[] {
  const found: GlobalReference[] = [];
  for (const node of file.all(ts.isIdentifier)) {
    const banned = globals.get(node.text);
    if (banned === undefined || !isValueRead(node) || isBound(file, node)) continue;
    const member = memberOf(node);
    if (banned === "all")
      found.push({ name: member === undefined ? node.text : `${node.text}.${member}`, line: file.lineOf(node) });
    else if (member === undefined) found.push({ name: node.text, line: file.lineOf(node) });
    else if (banned.includes(member)) found.push({ name: `${node.text}.${member}`, line: file.lineOf(node) });
  }
  return found;
}

function memberOf(node: ts.Identifier): string | undefined {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name.text;
  if (ts.isElementAccessExpression(parent) && ts.isStringLiteralLike(parent.argumentExpression)) {
    return parent.argumentExpression.text;
  }
  return undefined;
}

function isValueRead(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if ("name" in parent && parent.name === node) return false;
  if ("propertyName" in parent && parent.propertyName === node) return ts.isExportSpecifier(parent);
  if ("label" in parent && parent.label === node) return false;
  if (ts.isTypeQueryNode(parent) || ts.isQualifiedName(parent)) return false;
  return !ts.isPartOfTypeNode(node);
}

/** Returns true where a declaration in an enclosing scope gives this name another meaning. */
function isBound(file: SourceFile, node: ts.Identifier): boolean {
  const scopes = new Set<ts.Node>();
  for (let each: ts.Node = node; each !== undefined; each = each.parent) scopes.add(each);
  return file.all(ts.isIdentifier).some((other) => {
    return other.text === node.text && isValueDeclaration(other) && scopes.has(scopeOf(other.parent));
  });
}

function isValueDeclaration(node: ts.Identifier): boolean {
  const { parent } = node;
  const declares =
    ts.isVariableDeclaration(parent) ||
    ts.isParameter(parent) ||
    ts.isBindingElement(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isClassDeclaration(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isImportClause(parent) ||
    ts.isNamespaceImport(parent);
  return declares && parent.name === node;
}

function scopeOf(declaration: ts.Node): ts.Node {
  let scope = declaration.parent;
  while (!(ts.isBlock(scope) || ts.isSourceFile(scope) || ts.isFunctionLike(scope) || ts.isForStatement(scope))) {
    scope = scope.parent;
  }
  return scope;
}
