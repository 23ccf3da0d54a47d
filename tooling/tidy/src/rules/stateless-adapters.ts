import ts from "typescript";
import { findGlobals, type Globals } from "../global-reference.ts";
import { ADAPTERS } from "../layers.ts";
import type { Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";
import type { Finding } from "../violation.ts";

const WORK: Globals = new Map<string, "all" | readonly string[]>([
  ["setTimeout", "all"],
  ["setInterval", "all"],
  ["setImmediate", "all"],
  ["JSON", ["parse"]],
]);
const MUTATORS = /^(?:set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin)$/;

/** Invariant 5: adapters hold no state beyond a handle, and neither wait nor parse. */
export const statelessAdapters: Rule = {
  name: "stateless-adapters",
  *check({ packages }) {
    for (const { group, id, sources } of packages) {
      if (group !== "packages" || !ADAPTERS.includes(id)) continue;
      for (const file of sources.filter(({ role }) => role === "source")) {
        for (const { name, line } of findGlobals(file, WORK)) {
          yield { path: file.path, line, message: `an adapter uses ${name}`, remedy: "call a recipe instead" };
        }
        yield* moduleState(file);
        yield* staticState(file);
      }
    }
  },
  refuses: [
    fixture("a module has a variable", "let client: unknown;\nexport const f = () => client;"),
    fixture("a registry", "const handles = new Map();\nexport const f = (k: string) => handles.set(k, 1);"),
    fixture("a list that grows", "export const seen: string[] = [];\nexport const f = (k: string) => seen.push(k);"),
    fixture("an object used as a table", "const table: any = {};\nexport const f = (k: string) => { table[k] = 1; };"),
    fixture("a table that counts", "const table: any = {};\nexport const f = () => { table.calls++; };"),
    fixture("a table that loses entries", "const table: any = {};\nexport const f = (k: string) => delete table[k];"),
    fixture("a variable of a class", "export class A { static last = 0; }"),
    fixture("a registry of a class", "export class A { static readonly all = new Set(); }"),
    fixture("a timer", "export const f = (g: () => void) => setInterval(g, 1);"),
    fixture("parsing", "export const f = (s: string) => JSON.parse(s);"),
  ],
  allows: [
    fixture(
      "handles, symbols, tables that stand still",
      [
        "const handles = new WeakMap<object, string>();",
        'export const TOKEN = Symbol("token");',
        'const NAMES = new Set(["a"]);',
        "export class A { static readonly order = 1; readonly #runs = new Map<string, number>(); }",
        "export function f(o: object): boolean { let n = 0; n += 1; handles.set(o, JSON.stringify(n)); return NAMES.has('a'); }",
      ].join("\n"),
    ),
  ],
};

function fixture(title: string, text: string) {
  return { title, files: { "packages/express/src/peek.ts": `${text}\n` } };
}

const REMEDY = "keep it in the recipe's handle, or in the framework's container";

function* moduleState(file: SourceFile): Iterable<Finding> {
  const tables = new Set<string>();
  for (const statement of file.ast.statements.filter(ts.isVariableStatement)) {
    const { declarationList } = statement;
    const isAmbient = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) === true;
    if ((declarationList.flags & ts.NodeFlags.BlockScoped) !== ts.NodeFlags.Const && !isAmbient) {
      yield { path: file.path, line: file.lineOf(statement), message: "a module has a variable", remedy: REMEDY };
    }
    for (const { name, initializer } of declarationList.declarations) {
      if (ts.isIdentifier(name) && initializer !== undefined && isTable(initializer)) tables.add(name.text);
    }
  }
  for (const node of file.all(ts.isIdentifier)) {
    if (!tables.has(node.text) || !isMutated(node)) continue;
    yield { path: file.path, line: file.lineOf(node), message: `the module changes its ${node.text}`, remedy: REMEDY };
  }
}

function* staticState(file: SourceFile): Iterable<Finding> {
  for (const property of file.all(ts.isPropertyDeclaration)) {
    const has = (kind: ts.SyntaxKind): boolean => property.modifiers?.some((each) => each.kind === kind) === true;
    if (!has(ts.SyntaxKind.StaticKeyword)) continue;
    const isFixed = has(ts.SyntaxKind.ReadonlyKeyword) && !(property.initializer && isTable(property.initializer));
    if (isFixed) continue;
    const message = `static ${property.name.getText()} is state of the module`;
    yield { path: file.path, line: file.lineOf(property), message, remedy: REMEDY };
  }
}

function isTable(value: ts.Expression): boolean {
  if (ts.isNewExpression(value)) return /^(?:Map|Set|Array)$/.test(value.expression.getText());
  return ts.isArrayLiteralExpression(value) || ts.isObjectLiteralExpression(value);
}

/** `x.set(…)`, `x[k] = …`, `x.k = …`, `delete x[k]`. */
function isMutated(node: ts.Identifier): boolean {
  const access = node.parent;
  const isAccess = ts.isPropertyAccessExpression(access) || ts.isElementAccessExpression(access);
  if (!isAccess || access.expression !== node) return false;
  const { parent } = access;
  if (ts.isDeleteExpression(parent) || ts.isPostfixUnaryExpression(parent)) return true;
  if (ts.isBinaryExpression(parent)) {
    const { kind } = parent.operatorToken;
    const assigns = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
    return parent.left === access && assigns;
  }
  const isCall = ts.isCallExpression(parent) && parent.expression === access;
  return isCall && ts.isPropertyAccessExpression(access) && MUTATORS.test(access.name.text);
}
