import ts from "typescript";
import type { Rule } from "../rule.ts";

/** Packages export by name only, so that a thing is called the same everywhere. Settings of tools are free. */
export const noDefaultExports: Rule = {
  name: "no-default-exports",
  *check({ sources }) {
    for (const file of sources) {
      if (!file.path.startsWith("packages/") || file.role === "tool") continue;
      const found: ts.Node[] = [
        ...file.all(ts.isExportAssignment),
        ...file.all(ts.isExportSpecifier).filter(({ name }) => name.text === "default"),
        ...file.ast.statements.filter((statement) => {
          return ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(isDefault) === true;
        }),
      ];
      for (const node of found) {
        yield { path: file.path, line: file.lineOf(node), message: "a default export", remedy: "export it by name" };
      }
    }
  },
  refuses: [
    { title: "a function", files: { "packages/client/src/peek.ts": "export default function peek() {}\n" } },
    { title: "a value", files: { "packages/client/src/peek.ts": "export default 1;\n" } },
    { title: "a list", files: { "packages/client/src/peek.ts": "const a = 1;\nexport { a as default };\n" } },
  ],
  allows: [{ title: "the settings of a tool", files: { "packages/client/tsup.config.ts": "export default {};\n" } }],
};

function isDefault({ kind }: ts.Modifier): boolean {
  return kind === ts.SyntaxKind.DefaultKeyword;
}
