import { arrowProblem } from "../arrows.ts";
import type { Rule } from "../rule.ts";
import { readSpecifier } from "../specifier.ts";

/** Invariant 1: what a published package imports, its users' install brings along. */
export const declaredImports: Rule = {
  name: "declared-imports",
  *check(repository) {
    for (const from of repository.packages) {
      const { group, id, manifest, sources } = from;
      if (group !== "packages" || id === "protocol") continue;
      for (const file of sources.filter(({ role }) => role === "source")) {
        for (const { specifier, line } of file.imports) {
          const target = readSpecifier(specifier);
          if (target.kind !== "package" || target.name === manifest.name) continue;
          if (manifest.shipped.includes(target.name)) continue;
          if (arrowProblem(repository, from, target.name, true) !== undefined) continue; // The layers rule says it.
          const remedy = `add it to dependencies, peerDependencies or bundled of ${manifest.path}`;
          yield { path: file.path, line, message: `${target.name} is not installed for users`, remedy };
        }
      }
    }
  },
  refuses: [
    {
      title: "an import that only developers have",
      files: { "packages/server/src/peek.ts": 'import { it } from "vitest";\nit("x", () => {});\n' },
    },
  ],
  allows: [
    { title: "the same in a test", files: { "packages/server/src/serve.test.ts": 'import "vitest";\n' } },
    {
      title: "what its own code holds",
      files: {
        "packages/server/package.json": JSON.stringify({ name: "@conclave/server", bundled: ["pino"] }),
        "packages/server/src/peek.ts": 'import "pino";\n',
      },
    },
    { title: "a builtin", files: { "packages/server/src/peek.ts": 'import "node:net";\n' } },
  ],
};
