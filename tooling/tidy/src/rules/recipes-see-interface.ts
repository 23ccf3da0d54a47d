import { ADAPTERS } from "../layers.ts";
import type { Rule } from "../rule.ts";
import { readSpecifier } from "../specifier.ts";

/** Invariant 4: recipes and adapters see the client by its public entry only, never by one meant for siblings. */
export const recipesSeeInterface: Rule = {
  name: "recipes-see-interface",
  *check(repository) {
    for (const { group, id, sources } of repository.packages) {
      if (group !== "packages" || !(id === "recipes" || ADAPTERS.includes(id))) continue;
      for (const file of sources.filter(({ role }) => role === "source")) {
        for (const { specifier, line } of file.imports) {
          const target = readSpecifier(specifier);
          if (target.kind !== "package" || target.name !== "@conclave/client" || target.entry === ".") continue;
          const remedy = 'import from "@conclave/client"';
          yield {
            path: file.path,
            line,
            message: `imports the internal entry "${target.entry}" of the client`,
            remedy,
          };
        }
      }
    }
  },
  refuses: [
    {
      title: "a recipe that takes the client's internals",
      files: {
        "packages/recipes/src/peek.ts": 'import "@conclave/client/internal";\n',
        "packages/client/src/internal.ts": 'export { connect } from "./connect.js";\n',
        "packages/client/package.json": JSON.stringify({
          name: "@conclave/client",
          dependencies: { "@conclave/protocol": "*", "@conclave/runtime": "*" },
          exports: { ".": "./src/index.ts", "./internal": "./src/internal.ts" },
        }),
      },
    },
  ],
  allows: [
    {
      title: "the public entry",
      files: { "packages/recipes/src/peek.ts": 'import type {} from "@conclave/client";\n' },
    },
  ],
};
