import ts from "typescript";
import { type Declaration, findDeclarations } from "../declaration.ts";
import type { Package, Repository } from "../repository.ts";
import type { Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";
import type { Finding } from "../violation.ts";

/** Every name that users can import has a doc comment at its declaration. */
export const documentedExports: Rule = {
  name: "documented-exports",
  *check(repository) {
    const seen = new Set<string>();
    for (const each of repository.packages) {
      if (each.group === "packages" && !each.manifest.private) yield* undocumented(repository, each, seen);
    }
  },
  refuses: [
    {
      title: "a name without a comment",
      files: { "packages/client/src/connect.ts": "export function connect(): void {}\n" },
    },
    {
      title: "an empty comment",
      files: { "packages/client/src/connect.ts": "/** */\nexport const connect = 1;\n" },
    },
    {
      title: "a comment that is none of the documentation's",
      files: { "packages/client/src/connect.ts": "// Connects.\nexport const connect = 1;\n" },
    },
    {
      title: "a comment that holds only a tag",
      files: { "packages/client/src/connect.ts": "/** @internal */\nexport class connect {}\n" },
    },
    {
      title: "a name in two hops, renamed",
      files: {
        "packages/client/src/connect.ts": 'export { open as connect } from "./open.js";\n',
        "packages/client/src/open.ts": "export const open = 1;\n",
      },
    },
    {
      title: "a name of a second entry",
      files: { "packages/recipes/src/mutex.ts": "/** Locks. */\nexport const mutex = 1;\nexport type M = 1;\n" },
    },
  ],
  allows: [
    {
      title: "a value and a type of one name, one of them documented; a name from another package",
      files: {
        "packages/client/src/index.ts":
          'export { connect } from "./connect.js";\nexport { frame } from "@conclave/protocol";\n',
        "packages/client/src/connect.ts": "/** Modes. */\nexport const connect = 1;\nexport type connect = 1;\n",
      },
    },
  ],
};

function* undocumented(repository: Repository, from: Package, seen: Set<string>): Iterable<Finding> {
  for (const path of from.manifest.entries.values()) {
    const entry = from.sources.find((file) => file.path === path);
    if (entry === undefined) continue;
    for (const name of exportedNames(entry)) {
      const declarations = findDeclarations(repository, entry, name);
      const [first] = declarations;
      if (first === undefined || declarations.some(isDocumented)) continue;
      const line = first.file.lineOf(first.statement);
      const key = `${first.file.path}:${line}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const remedy = "document its promise at the declaration: result, units, errors, order, cancellation";
      yield { path: first.file.path, line, message: `${name} is public and has no doc comment`, remedy };
    }
  }
}

function exportedNames(entry: SourceFile): string[] {
  const names: string[] = [];
  for (const statement of entry.ast.statements) {
    if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
      names.push(...statement.exportClause.elements.map(({ name }) => name.text));
      continue;
    }
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
    if (!isExported) continue;
    if (ts.isVariableStatement(statement)) {
      names.push(...statement.declarationList.declarations.map(({ name }) => name.getText()));
    } else if ("name" in statement && statement.name !== undefined) {
      names.push((statement.name as ts.Identifier).text);
    }
  }
  return names;
}

function isDocumented({ file, statement }: Declaration): boolean {
  const comments = ts.getLeadingCommentRanges(file.text, statement.getFullStart()) ?? [];
  const last = comments.at(-1);
  if (last === undefined) return false;
  const text = file.text.slice(last.pos, last.end);
  return text.startsWith("/**") && /[^\s*]/.test(text.slice(3, -2).replace(/@\w+/g, ""));
}
