import type { Rule } from "../rule.ts";
import { readSpecifier } from "../specifier.ts";

/** Invariant 1: a package is reached only by the entries that its `exports` declares, in tests too. */
export const publicEntries: Rule = {
  name: "public-entries",
  *check(repository) {
    for (const file of repository.sources) {
      for (const { specifier, line } of file.imports) {
        const target = readSpecifier(specifier);
        if (target.kind !== "package") continue;
        const entries = repository.packageNamed(target.name)?.manifest.entries;
        if (entries === undefined || entries.size === 0 || entries.has(target.entry)) continue;
        yield {
          path: file.path,
          line,
          message: `${target.name} declares no entry "${target.entry}"`,
          remedy: `import one of ${[...entries.keys()].join(", ")}`,
        };
      }
    }
    for (const { manifest } of repository.packages) {
      for (const [entry, source] of manifest.entries) {
        if (source === undefined || repository.files.has(source)) continue;
        yield {
          path: manifest.path,
          line: 1,
          message: `entry "${entry}" names ${source}, which does not exist`,
          remedy: "create the file, or remove the entry",
        };
      }
    }
  },
  refuses: [
    {
      title: "an import of another package's source",
      files: { "packages/client/src/peek.ts": 'import "@conclave/protocol/src/frame.js";\n' },
    },
    {
      title: "an import of another package's build, in a test",
      files: { "packages/client/src/connect.test.ts": 'import "@conclave/protocol/dist/index.js";\n' },
    },
    {
      title: "a type of an entry that is not declared",
      files: { "packages/client/src/peek.ts": 'export type F = import("@conclave/protocol/internal").Frame;\n' },
    },
    {
      title: "an entry without its file",
      files: {
        "packages/client/package.json": JSON.stringify({
          name: "@conclave/client",
          dependencies: { "@conclave/protocol": "*", "@conclave/runtime": "*" },
          exports: { ".": "./src/index.ts", "./internal": { "@conclave/source": "./src/internal.ts" } },
        }),
      },
    },
  ],
  allows: [
    {
      title: "a declared second entry",
      files: { "packages/nestjs/src/peek.ts": 'import "@conclave/recipes/mutex";\n' },
    },
  ],
};
