import ts from "typescript";
import { ADAPTERS } from "../layers.ts";
import type { Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";

const FLAG = /^(?:is(?:Leader|Acquired|Held|Locked|Owner)|acquired|hasLock)$/;

/** Invariant 7: no public flag of ownership is stored. One that is computed from a signal cannot outlive its session. */
export const ownershipFlags: Rule = {
  name: "ownership-flags",
  *check({ packages }) {
    for (const { group, id, sources } of packages) {
      if (group !== "packages" || !(id === "recipes" || ADAPTERS.includes(id))) continue;
      for (const file of sources.filter(({ role, path }) => role === "source" && !path.endsWith("-state.ts"))) {
        for (const member of flagsOf(file)) {
          const message = `the flag ${member.name.getText()} may outlive its session`;
          const remedy = "give an AbortSignal, or compute it: get isLeader() { return !this.signal.aborted }";
          yield { path: file.path, line: file.lineOf(member), message, remedy };
        }
      }
    }
  },
  refuses: [
    fixture("a stored flag", "export class Election { isLeader = false; }"),
    fixture(
      "a declared flag",
      "export class Election { readonly isHeld: boolean; constructor(x: boolean) { this.isHeld = x; } }",
    ),
    fixture("a flag in an interface", "export interface Lock { acquired: boolean }"),
    fixture(
      "a getter of a stored flag",
      "export class Lock { #held = false; get isLocked(): boolean { return this.#held; } }",
    ),
  ],
  allows: [
    fixture(
      "computed from a signal, or private",
      [
        "export class Lock {",
        "  readonly signal: AbortSignal = new AbortController().signal;",
        "  #acquired = false;",
        "  private acquired = this.#acquired;",
        "  get isHeld(): boolean { return !this.signal.aborted || this.acquired; }",
        "}",
        "export interface Holder { get isHeld(): boolean }",
      ].join("\n"),
    ),
  ],
};

function fixture(title: string, text: string) {
  return { title, files: { "packages/recipes/src/peek.ts": `${text}\n` } };
}

function flagsOf(file: SourceFile): (ts.PropertySignature | ts.PropertyDeclaration | ts.GetAccessorDeclaration)[] {
  const stored = [...file.all(ts.isPropertySignature), ...file.all(ts.isPropertyDeclaration)].filter((member) => {
    return isPublic(member) && isFlag(member.name) && isBoolean(member);
  });
  const computed = file.all(ts.isGetAccessorDeclaration).filter(({ name, body, modifiers }) => {
    return isPublic({ modifiers }) && isFlag(name) && body !== undefined && !/signal|aborted/i.test(body.getText());
  });
  return [...stored, ...computed];
}

function isFlag(name: ts.PropertyName): boolean {
  return (ts.isIdentifier(name) || ts.isStringLiteral(name)) && FLAG.test(name.text);
}

function isPublic({ modifiers }: { readonly modifiers?: ts.NodeArray<ts.ModifierLike> | undefined }): boolean {
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
  return modifiers?.some(({ kind }) => hidden.includes(kind)) !== true;
}

function isBoolean(member: ts.PropertySignature | ts.PropertyDeclaration): boolean {
  if (member.type !== undefined)
    return /\bboolean\b/.test(member.type.getText()) && !ts.isFunctionTypeNode(member.type);
  const value = ts.isPropertyDeclaration(member) ? member.initializer : undefined;
  return value?.kind === ts.SyntaxKind.TrueKeyword || value?.kind === ts.SyntaxKind.FalseKeyword;
}
