import ts from "typescript";
import type { Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";

const FOLDER = "packages/protocol/src/operations/";

/** Invariant 2: one operation to a file, both directions in it; the file is named after it. */
export const operationFiles: Rule = {
  name: "operation-files",
  *check({ sources }) {
    for (const file of sources) {
      if (!file.path.startsWith(FOLDER) || file.role !== "source") continue;
      const stem = file.path.slice(FOLDER.length).replace(/\.[^/.]+$/, "");
      if (stem === "index") continue;
      const found = exportedValues(file);
      const main = stem.replaceAll("-", "").toLowerCase();
      if (found.some(({ name }) => name.toLowerCase().startsWith(main))) continue;
      const names = found.map(({ name }) => name).join(", ") || "no value";
      const remedy = "export the operation that the file is named after, or move the code to another folder";
      yield { path: file.path, line: 1, message: `exports ${names}, not the operation "${stem}"`, remedy };
    }
  },
  refuses: [
    {
      title: "a file named after no operation",
      files: { "packages/protocol/src/operations/get-data.ts": "export const setData = { opCode: 5 };\n" },
    },
  ],
  allows: [
    {
      title: "an operation and its parts",
      files: {
        "packages/protocol/src/operations/get-data.ts":
          "export interface GetDataRequest { path: string }\nexport const getData = { opCode: 4 };\n",
      },
    },
  ],
};

function exportedValues(file: SourceFile): { name: string }[] {
  const found: { name: string }[] = [];
  for (const statement of file.ast.statements) {
    if (!ts.canHaveModifiers(statement)) continue;
    if (!ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue;
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) found.push({ name: name.getText() });
    } else if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name) {
      found.push({ name: statement.name.text });
    }
  }
  return found;
}
