import ts from "typescript";
import { type Import, readImports } from "./imports.ts";

/** One parsed file of code. */
export interface SourceFile {
  readonly path: string;
  /** `packages/client`; the root of the package that holds it. */
  readonly folder: string;
  /** `source`, under src/ or bin/, ships or runs; a `test` or a `tool` (settings, scripts) is for developers only. */
  readonly role: "source" | "test" | "tool";
  readonly text: string;
  readonly ast: ts.SourceFile;
  readonly imports: readonly Import[];
  /** Every node that `guard` accepts, in the order of the text. */
  all<N extends ts.Node>(guard: (node: ts.Node) => node is N): N[];
  /** The line on which `node` starts, from 1, its doc comment not counted. */
  lineOf(node: ts.Node): number;
}

const CODE = /\.(?:[cm]?[jt]s|tsx)$/;
const PACKAGE = /^((?:packages|apps|tooling)\/[^/]+)\//;
const TEST = /\.(?:test|bench|test-d)\.[^/.]+$/;

/** Returns the role of a file of code inside a package, without parsing it; undefined for anything else. */
export function roleAt(path: string): SourceFile["role"] | undefined {
  const folder = PACKAGE.exec(path)?.[1];
  return folder === undefined || !CODE.test(path) ? undefined : roleOf(path, folder);
}

/** Parses a file of code inside a package, or returns undefined for anything else. */
export function parseSourceFile(path: string, text: string): SourceFile | undefined {
  const folder = PACKAGE.exec(path)?.[1];
  if (folder === undefined || !CODE.test(path)) return undefined;
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(ast);
  const lineOf = (node: ts.Node): number => ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1;
  return {
    path,
    folder,
    role: roleOf(path, folder),
    text,
    ast,
    imports: readImports(ast, nodes, lineOf),
    all: (guard) => nodes.filter(guard),
    lineOf,
  };
}

function roleOf(path: string, folder: string): SourceFile["role"] {
  if (TEST.test(path)) return "test";
  return /^\/(?:src|bin)\//.test(path.slice(folder.length)) ? "source" : "tool";
}
