import ts from "typescript";
import type { Rule } from "../rule.ts";

/** A public entry of a published package only lists names from other files. */
export const entryLists: Rule = {
  name: "entry-lists",
  *check({ packages, sources }) {
    const published = packages.filter(({ group }) => group === "packages");
    const entries = new Set(published.flatMap(({ manifest }) => [...manifest.entries.values()]));
    for (const file of sources.filter(({ path }) => entries.has(path) && path.endsWith("/index.ts"))) {
      for (const statement of file.ast.statements) {
        if (isList(statement)) continue;
        const remedy = "move it to a file of its own and write `export { name } from …` here";
        const message = "a public entry contains more than a list of names";
        yield { path: file.path, line: file.lineOf(statement), message, remedy };
      }
    }
  },
  refuses: [
    {
      title: "code in an entry",
      files: { "packages/client/src/index.ts": "/** Connects. */\nexport const connect = () => 1;\n" },
    },
    { title: "a star of types", files: { "packages/client/src/index.ts": 'export type * from "./connect.js";\n' } },
    {
      title: "a name that is imported first",
      files: { "packages/client/src/index.ts": 'import { connect } from "./connect.js";\nexport { connect };\n' },
    },
  ],
  allows: [
    {
      title: "comments, values and types",
      files: {
        "packages/client/src/index.ts": '// For users.\nexport { connect, type C } from "./connect.js";\n',
        "packages/client/src/connect.ts": "/** A. */\nexport type C = 1;\n/** B. */\nexport const connect = 1;\n",
      },
    },
  ],
};

/** Returns true for `export { names } from "…"`. Biome's noReExportAll allows stars of types. */
function isList(statement: ts.Statement): boolean {
  if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) return false;
  return statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause);
}
