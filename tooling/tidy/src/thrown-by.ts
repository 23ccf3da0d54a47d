import ts from "typescript";

/**
 * The `throw` statements that calling `handler` can reach inside its own file: in its body, and in the functions and
 * methods of `this` that it names or calls, as long as no `try` with a `catch` is between. Callbacks are left out:
 * other code runs them.
 */
export function thrownBy(handler: ts.Expression): ts.ThrowStatement[] {
  const found: ts.ThrowStatement[] = [];
  const seen = new Set<ts.Node>();
  const enter = (body: ts.Node | undefined): void => {
    if (body === undefined || seen.has(body)) return;
    seen.add(body);
    visit(body);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (ts.isTryStatement(node) && node.catchClause !== undefined) {
      visit(node.catchClause.block);
      if (node.finallyBlock !== undefined) visit(node.finallyBlock);
      return;
    }
    if (ts.isThrowStatement(node)) found.push(node);
    if (ts.isCallExpression(node)) enter(bodyOf(node.expression));
    ts.forEachChild(node, visit);
  };
  enter(bodyOf(handler));
  return found;
}

/** The body of a function expression, of `this.method`, of a function's name, or of one of these with `.bind(…)`. */
function bodyOf(value: ts.Expression): ts.Node | undefined {
  if (ts.isArrowFunction(value) || ts.isFunctionExpression(value)) return isAsync(value) ? undefined : value.body;
  if (ts.isCallExpression(value) && ts.isPropertyAccessExpression(value.expression)) {
    return value.expression.name.text === "bind" ? bodyOf(value.expression.expression) : undefined;
  }
  if (ts.isIdentifier(value)) return functionNamed(value);
  const isOwn = ts.isPropertyAccessExpression(value) && value.expression.kind === ts.SyntaxKind.ThisKeyword;
  return isOwn ? memberNamed(value, value.name.text) : undefined;
}

function functionNamed(name: ts.Identifier): ts.Node | undefined {
  const statements = name.getSourceFile().statements.filter(ts.isFunctionDeclaration);
  const found = statements.find((statement) => statement.name?.text === name.text);
  return found === undefined || isAsync(found) ? undefined : found.body;
}

function memberNamed(from: ts.Node, name: string): ts.Node | undefined {
  let node = from;
  while (!ts.isClassLike(node)) {
    if (ts.isSourceFile(node)) return undefined;
    node = node.parent;
  }
  const member = node.members.find((each) => each.name?.getText() === name);
  if (member === undefined) return undefined;
  if (ts.isMethodDeclaration(member)) return isAsync(member) ? undefined : member.body;
  const value = ts.isPropertyDeclaration(member) ? member.initializer : undefined;
  return value === undefined ? undefined : bodyOf(value);
}

/** An async function or a generator throws later: into a promise, or into the iterating code. */
function isAsync(node: ts.FunctionLikeDeclaration): boolean {
  if ("asteriskToken" in node && node.asteriskToken !== undefined) return true;
  return (
    ts.getModifiers(node as ts.MethodDeclaration)?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) === true
  );
}
