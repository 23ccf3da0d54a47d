import ts from "typescript";
import type { Rule } from "../rule.ts";

/** No `export *`: a reader finds every name by searching for it. */
export const namedExports: Rule = {
  name: "named-exports",
  *check({ sources }) {
    for (const file of sources) {
      for (const node of file.all(ts.isExportDeclaration)) {
        if (node.exportClause !== undefined && ts.isNamedExports(node.exportClause)) continue;
        yield { path: file.path, line: file.lineOf(node), message: "export *", remedy: "list the names by hand" };
      }
    }
  },
  refuses: [
    { title: "a star", files: { "packages/client/src/peek.ts": 'export * from "./connect.js";\n' } },
    { title: "a star of types", files: { "apps/demo/src/peek.ts": 'export type * from "./main.js";\n' } },
    { title: "a named star", files: { "tooling/bench/src/peek.ts": 'export * as b from "./bench.js";\n' } },
  ],
  allows: [{ title: "a list", files: { "packages/client/src/peek.ts": 'export { connect } from "./connect.js";\n' } }],
};
