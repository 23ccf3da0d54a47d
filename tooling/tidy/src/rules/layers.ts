import { arrowProblem } from "../arrows.ts";
import { LAYERS } from "../layers.ts";
import { lineOfKey } from "../manifest.ts";
import type { Package, Repository } from "../repository.ts";
import type { Rule } from "../rule.ts";
import { readSpecifier } from "../specifier.ts";
import type { Finding } from "../violation.ts";

/** Invariant 1: arrows between packages point down, in imports and in manifests. */
export const layers: Rule = {
  name: "layers",
  *check(repository) {
    for (const from of repository.packages) {
      if (from.group === "packages" && !LAYERS.has(from.id)) yield unplaced(from);
      else yield* [...checkManifest(repository, from), ...checkImports(repository, from)];
    }
  },
  refuses: [
    {
      title: "a client that imports the server",
      files: { "packages/client/src/peek.ts": 'import { serve } from "@conclave/server";\nserve();\n' },
    },
    {
      title: "a type that points up",
      files: {
        "packages/client/src/peek.ts": 'import type { Mutex } from "@conclave/recipes";\nexport type M = Mutex;\n',
      },
    },
    {
      title: "recipes that import the protocol",
      files: { "packages/recipes/src/peek.ts": 'export const load = () => import("@conclave/protocol");\n' },
    },
    {
      title: "an adapter that depends on its neighbour",
      files: { "packages/express/package.json": manifestOf("express", { dependencies: ["nestjs"] }) },
    },
    {
      title: "a peer dependency that points up",
      files: { "packages/runtime/package.json": manifestOf("runtime", { peerDependencies: ["client"] }) },
    },
    {
      title: "a published package that imports an app",
      files: { "packages/cli/src/peek.ts": 'import "@conclave/demo";\n' },
    },
    {
      title: "a published package that imports a tool",
      files: { "packages/client/src/peek.ts": 'import { bench } from "@conclave/bench";\nbench();\n' },
    },
    {
      title: "a published package that imports the verification suites",
      files: { "packages/testing/src/peek.ts": 'import { run } from "@conclave/verification";\nrun();\n' },
    },
    {
      title: "a test that depends on an app",
      files: { "packages/client/src/connect.test.ts": 'import "@conclave/demo";\n' },
    },
    {
      title: "the runtime with a dependency from elsewhere",
      files: { "packages/runtime/package.json": manifestOf("runtime", { dependencies: ["left-pad"] }) },
    },
    {
      title: "an app that ships a tool",
      files: { "apps/demo/package.json": manifestOf("demo", { dependencies: ["bench"] }) },
    },
    {
      title: "a package that has no layer",
      files: { "packages/gossip/package.json": JSON.stringify({ name: "@conclave/gossip" }) },
    },
  ],
  allows: [
    {
      title: "tests and settings that use the tools",
      files: {
        "packages/client/src/connect.test.ts": 'import "@conclave/testing";\nimport "@conclave/verification";\n',
        "packages/client/tsup.config.ts": 'import "@conclave/bench";\n',
        "packages/client/src/connect.bench.ts": 'import "@conclave/client";\n',
      },
    },
    {
      title: "an app that conducts another app",
      files: { "apps/demo/src/main.ts": 'import "@conclave/sample";\nimport "@conclave/client";\n' },
    },
  ],
};

function manifestOf(id: string, fields: Readonly<Record<string, readonly string[]>>): string {
  const table = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name.includes("-") ? name : `@conclave/${name}`, "*"]));
  const filled = Object.fromEntries(Object.entries(fields).map(([field, names]) => [field, table(names)]));
  return JSON.stringify({ name: `@conclave/${id}`, private: true, exports: { ".": "./src/index.ts" }, ...filled });
}

function unplaced(from: Package): Finding {
  return {
    path: from.manifest.path,
    line: 1,
    message: `${from.folder} has no line in the table of layers`,
    remedy: "add it to tooling/tidy/src/layers.ts",
  };
}

function* checkManifest(repository: Repository, from: Package): Iterable<Finding> {
  const { manifest } = from;
  const groups = [
    { names: manifest.shipped, forUsers: true },
    { names: manifest.development, forUsers: false },
  ];
  for (const { names, forUsers } of groups) {
    for (const name of names) {
      const message = arrowProblem(repository, from, name, forUsers);
      const line = lineOfKey(manifest, name);
      if (message !== undefined) yield { path: manifest.path, line, message, remedy: REMEDY };
    }
  }
}

function* checkImports(repository: Repository, from: Package): Iterable<Finding> {
  for (const file of from.sources) {
    if (from.id === "protocol" && file.role === "source") continue; // noRestrictedImports of biome.json is stricter.
    for (const { specifier, line } of file.imports) {
      const target = readSpecifier(specifier);
      if (target.kind !== "package") continue;
      const message = arrowProblem(repository, from, target.name, file.role === "source");
      if (message !== undefined) yield { path: file.path, line, message, remedy: REMEDY };
    }
  }
}

const REMEDY = "remove the dependency: the lower layer receives it as a parameter";
