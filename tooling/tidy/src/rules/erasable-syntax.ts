import ts from "typescript";
import type { Rule } from "../rule.ts";

/** TypeScript only adds types: no enums, namespaces or parameter properties. (NestJS injects by the latter.) */
export const erasableSyntax: Rule = {
  name: "erasable-syntax",
  *check({ sources }) {
    for (const file of sources) {
      const isNest = file.imports.some(({ specifier }) => specifier.startsWith("@nestjs/"));
      const properties = file.all(ts.isParameter).filter((parameter) => {
        return ts.isParameterPropertyDeclaration(parameter, parameter.parent) && !isNest;
      });
      const spaces = file
        .all(ts.isModuleDeclaration)
        .filter((space) => ts.isIdentifier(space.name) && !isAmbient(space));
      for (const node of [...file.all(ts.isEnumDeclaration), ...spaces, ...properties]) {
        const remedy = "write it in plain JavaScript: a frozen object `as const`, a module, a field";
        yield { path: file.path, line: file.lineOf(node), message: "syntax that types do not erase", remedy };
      }
    }
  },
  refuses: [
    { title: "an enum", files: { "packages/client/src/peek.ts": "export enum Mode { A }\n" } },
    { title: "a namespace", files: { "apps/demo/src/peek.ts": "export namespace Mode { export const a = 1; }\n" } },
    {
      title: "a parameter property",
      files: { "packages/client/src/peek.ts": "export class A { constructor(readonly b: number) {} }\n" },
    },
  ],
  allows: [
    {
      title: "a class that NestJS injects into, an augmented global",
      files: {
        "apps/demo/src/peek.ts":
          'import "@nestjs/common";\nexport class A { constructor(private readonly b: number) {} }\ndeclare global { var c: number; namespace D { interface E { f: number } } }\n',
      },
    },
  ],
};

/** Whether it only declares what is there: a `declare` stands before it, or around it. */
function isAmbient(node: ts.Node): boolean {
  for (let at = node; at !== undefined; at = at.parent) {
    if (!ts.isModuleDeclaration(at)) continue;
    if (at.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) === true) return true;
  }
  return false;
}
