import ts from "typescript";
import { findDeclarations } from "../declaration.ts";
import type { Repository } from "../repository.ts";
import type { Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";

/** Invariant 7: a grant of a recipe carries the signal that ends it. */
export const grantSignals: Rule = {
  name: "grant-signals",
  *check(repository) {
    for (const file of repository.sources) {
      if (!file.path.startsWith("packages/recipes/src/") || file.role !== "source") continue;
      for (const statement of file.ast.statements.filter(isGrant)) {
        if (givesSignal(repository, file, statement)) continue;
        const message = `the grant ${statement.name?.text} has no signal`;
        const remedy = "declare `readonly signal: AbortSignal`, or extend a grant that does";
        yield { path: file.path, line: file.lineOf(statement), message, remedy };
      }
    }
  },
  refuses: [
    fixture("a grant without a signal", "export interface LockGrant { release(): void }"),
    fixture("a grant with a signal of another type", "export interface LockGrant { readonly signal: number }"),
    fixture("a class without a signal", "export class Leadership { release(): void {} }"),
    fixture("a type without a signal", "export type LockGrant = { release(): void };"),
  ],
  allows: [
    {
      title: "a signal that is inherited",
      files: {
        "packages/recipes/src/grant.ts": "export interface Grant { readonly signal: AbortSignal }\n",
        "packages/recipes/src/peek.ts": [
          'import type { Grant } from "./grant.js";',
          "export interface LockGrant extends Grant { readonly name: string }",
          "export type Leadership = LockGrant & { readonly id: string };",
          "export class OwnGrant implements Grant { get signal(): AbortSignal { return AbortSignal.abort(); } }",
        ].join("\n"),
      },
    },
  ],
};

type Shape = ts.InterfaceDeclaration | ts.ClassDeclaration | ts.TypeAliasDeclaration;

function fixture(title: string, text: string) {
  return { title, files: { "packages/recipes/src/peek.ts": `${text}\n` } };
}

function isShape(node: ts.Node): node is Shape {
  return ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node) || ts.isTypeAliasDeclaration(node);
}

function isGrant(node: ts.Node): node is Shape {
  if (!isShape(node) || !/(?:Grant|Leadership)$/.test(node.name?.text ?? "")) return false;
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

function givesSignal(repository: Repository, file: SourceFile, shape: Shape): boolean {
  if (ts.isTypeAliasDeclaration(shape)) return typeGivesSignal(repository, file, shape.type);
  if (shape.members.some(isSignal)) return true;
  const bases = shape.heritageClauses?.filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword) ?? [];
  return bases.some(({ types }) => types.some((base) => nameGivesSignal(repository, file, base.expression.getText())));
}

function typeGivesSignal(repository: Repository, file: SourceFile, type: ts.TypeNode): boolean {
  if (ts.isTypeLiteralNode(type)) return type.members.some(isSignal);
  if (ts.isIntersectionTypeNode(type)) return type.types.some((each) => typeGivesSignal(repository, file, each));
  if (ts.isUnionTypeNode(type)) return type.types.every((each) => typeGivesSignal(repository, file, each));
  return ts.isTypeReferenceNode(type) && nameGivesSignal(repository, file, type.typeName.getText());
}

function nameGivesSignal(repository: Repository, file: SourceFile, name: string): boolean {
  return findDeclarations(repository, file, name).some((found) => {
    return isShape(found.statement) && givesSignal(repository, found.file, found.statement);
  });
}

function isSignal(member: ts.ClassElement | ts.TypeElement): boolean {
  if (member.name?.getText() !== "signal") return false;
  const hasType =
    ts.isPropertySignature(member) || ts.isPropertyDeclaration(member) || ts.isGetAccessorDeclaration(member);
  return hasType && (member.type === undefined || member.type.getText() === "AbortSignal");
}
