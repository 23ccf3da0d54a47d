import ts from "typescript";
import type { Repository } from "./repository.ts";
import type { SourceFile } from "./source-file.ts";

/** A top-level statement that declares a name, and its file. */
export interface Declaration {
  readonly file: SourceFile;
  readonly statement: ts.Statement;
}

/**
 * Follows `name` from `file` through re-exports and imports to its declarations (several for overloads, or for a value and a
 * type of one name). Returns an empty list if a step leaves the package.
 */
export function findDeclarations(repository: Repository, file: SourceFile, name: string): Declaration[] {
  return follow(repository, file, name, new Set());
}

function follow(repository: Repository, file: SourceFile, name: string, seen: Set<string>): Declaration[] {
  const key = `${file.path}#${name}`;
  if (seen.has(key)) return [];
  seen.add(key);
  const own = file.ast.statements.filter((statement) => declares(statement, name));
  if (own.length > 0) return own.map((statement) => ({ file, statement }));
  const found: Declaration[] = [];
  for (const statement of file.ast.statements) {
    const hop = hopOf(statement, name);
    if (hop === undefined) continue;
    const next = hop.specifier === undefined ? file : repository.resolve(file.path, hop.specifier);
    const isOurs = hop.specifier === undefined || hop.specifier.startsWith(".");
    if (next !== undefined && isOurs) found.push(...follow(repository, next, hop.name, seen));
  }
  return found;
}

function declares(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.some((each) => bindsName(each.name, name));
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    ts.isModuleDeclaration(statement);
  return isNamed && statement.name?.text === name;
}

function bindsName(binding: ts.BindingName, name: string): boolean {
  if (ts.isIdentifier(binding)) return binding.text === name;
  return binding.elements.some((each) => ts.isBindingElement(each) && bindsName(each.name, name));
}

/**
 * Returns the module, or the other name in this file, from which a statement takes `name`; undefined if it does not declare
 * it.
 */
function hopOf(statement: ts.Statement, name: string): { specifier: string | undefined; name: string } | undefined {
  if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
    const element = statement.exportClause.elements.find((each) => each.name.text === name);
    if (element === undefined) return undefined;
    const { moduleSpecifier } = statement;
    const specifier = moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : undefined;
    return { specifier, name: (element.propertyName ?? element.name).text };
  }
  const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined;
  if (bindings === undefined || !ts.isNamedImports(bindings)) return undefined;
  const element = bindings.elements.find((each) => each.name.text === name);
  if (element === undefined) return undefined;
  const { moduleSpecifier } = statement as ts.ImportDeclaration;
  return { specifier: (moduleSpecifier as ts.StringLiteral).text, name: (element.propertyName ?? element.name).text };
}
