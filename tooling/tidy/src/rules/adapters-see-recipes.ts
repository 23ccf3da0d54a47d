import ts from "typescript";
import { ADAPTERS } from "../layers.ts";
import type { Rule } from "../rule.ts";
import { readSpecifier } from "../specifier.ts";

const CALLS = new Set(["create", "getData", "setData", "getChildren", "exists", "multi", "transaction"]);

/** Invariant 4: adapters see recipes, never a znode path of their own making. */
export const adaptersSeeRecipes: Rule = {
  name: "adapters-see-recipes",
  *check({ packages }) {
    const remedy = "call a recipe instead";
    for (const { group, id, sources } of packages) {
      if (group !== "packages" || !ADAPTERS.includes(id)) continue;
      for (const file of sources.filter(({ role }) => role === "source")) {
        for (const call of file.all(ts.isCallExpression)) {
          const name = clientCall(call);
          if (name === undefined) continue;
          yield { path: file.path, line: file.lineOf(call), message: `an adapter calls .${name}()`, remedy };
        }
        for (const { specifier, line, names } of file.imports) {
          const target = readSpecifier(specifier);
          const isClient = target.kind === "package" && target.name === "@conclave/client";
          const helpers = isClient ? names.filter((name) => /path/i.test(name)) : [];
          for (const name of helpers) yield { path: file.path, line, message: `an adapter imports ${name}`, remedy };
        }
      }
    }
  },
  refuses: [
    {
      title: "a call on the client",
      files: { "packages/nestjs/src/peek.ts": 'export const f = (zk: any) => zk.client.getData("/a");\n' },
    },
    {
      title: "a call that may not happen",
      files: { "packages/express/src/peek.ts": "export const f = (zk: any) => zk?.transaction?.();\n" },
    },
    {
      title: "a path helper",
      files: {
        "packages/express/src/peek.ts": 'import { joinPath as j } from "@conclave/client";\nexport const f = j;\n',
      },
    },
  ],
  allows: [
    {
      title: "factories that share a name",
      files: {
        "packages/nestjs/src/peek.ts": "export const f = (Factory: any) => Factory.create(Object.create(null));\n",
      },
    },
    {
      title: "a test that looks into the tree",
      files: { "packages/nestjs/src/module.test.ts": 'export const f = (zk: any) => zk.getData("/a");\n' },
    },
  ],
};

/** The client's method that is called. `Factory.create()` on a class is the framework's own. */
function clientCall({ expression }: ts.CallExpression): string | undefined {
  if (!ts.isPropertyAccessExpression(expression) || !CALLS.has(expression.name.text)) return undefined;
  const receiver = expression.expression;
  if (ts.isIdentifier(receiver) && /^[A-Z]/.test(receiver.text)) return undefined;
  return expression.name.text;
}
