import ts from "typescript";

/** A reference to another module: import, re-export, `import()`, `require()`, `import("x").T` or a reference path. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Erased at run time. */
  readonly typeOnly: boolean;
  /** Names as the other module exports them; empty where the whole module is taken. */
  readonly names: readonly string[];
}

/** Returns all imports of a file, given its `nodes`. */
export function readImports(
  ast: ts.SourceFile,
  nodes: readonly ts.Node[],
  lineOf: (node: ts.Node) => number,
): readonly Import[] {
  const imports: Import[] = ast.referencedFiles.map(({ fileName, pos }) => ({
    specifier: fileName.startsWith(".") ? fileName : `./${fileName}`,
    line: ast.getLineAndCharacterOfPosition(pos).line + 1,
    typeOnly: true,
    names: [],
  }));
  for (const node of nodes) {
    const found = readImport(node);
    if (found !== undefined) imports.push({ ...found, line: lineOf(node) });
  }
  return imports;
}

function readImport(node: ts.Node): Omit<Import, "line"> | undefined {
  if (ts.isImportDeclaration(node)) return fromImport(node);
  if (ts.isExportDeclaration(node)) return fromExport(node);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return whole(node.argument.literal, true);
  }
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    return whole(node.moduleReference.expression, node.isTypeOnly);
  }
  if (ts.isCallExpression(node) && isLoader(node.expression)) return whole(node.arguments[0], false);
  return undefined;
}

function fromImport({ moduleSpecifier, importClause }: ts.ImportDeclaration): Omit<Import, "line"> | undefined {
  const bindings = importClause?.namedBindings;
  const elements = bindings !== undefined && ts.isNamedImports(bindings) ? [...bindings.elements] : [];
  const names = elements.map(({ name, propertyName }) => (propertyName ?? name).text);
  const onlyTypes = importClause?.name === undefined && elements.length > 0 && elements.every((e) => e.isTypeOnly);
  const typeOnly = importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || onlyTypes;
  return named(moduleSpecifier, typeOnly, names);
}

function fromExport(node: ts.ExportDeclaration): Omit<Import, "line"> | undefined {
  const { exportClause } = node;
  const elements = exportClause !== undefined && ts.isNamedExports(exportClause) ? [...exportClause.elements] : [];
  const names = elements.map(({ name, propertyName }) => (propertyName ?? name).text);
  const onlyTypes = elements.length > 0 && elements.every((element) => element.isTypeOnly);
  return named(node.moduleSpecifier, node.isTypeOnly || onlyTypes, names);
}

function isLoader(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  return /^(?:require|require\.resolve|import\.meta\.resolve)$/.test(callee.getText());
}

function whole(specifier: ts.Node | undefined, typeOnly: boolean): Omit<Import, "line"> | undefined {
  return named(specifier, typeOnly, []);
}

function named(
  specifier: ts.Node | undefined,
  typeOnly: boolean,
  names: readonly string[],
): Omit<Import, "line"> | undefined {
  if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return undefined;
  return { specifier: specifier.text, typeOnly, names };
}
