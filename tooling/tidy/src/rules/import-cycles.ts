import { cyclesOf } from "../cycles.ts";
import type { Import } from "../imports.ts";
import type { Package, Repository } from "../repository.ts";
import type { Rule } from "../rule.ts";
import type { Finding } from "../violation.ts";

/** Invariant 1: files of a package import each other in one direction only, types included. */
export const importCycles: Rule = {
  name: "import-cycles",
  *check(repository) {
    for (const each of repository.packages) {
      const atRunTime = find(repository, each, ({ typeOnly }) => !typeOnly);
      yield* atRunTime.map((cycle) => report(cycle, "cycle"));
      const known = new Set(atRunTime.flat());
      const withTypes = find(repository, each, () => true);
      yield* withTypes
        .filter((cycle) => !cycle.every((path) => known.has(path)))
        .map((cycle) => report(cycle, "cycle of types"));
    }
  },
  refuses: [
    {
      title: "two files that import each other",
      files: {
        "packages/client/src/a.ts": 'import { b } from "./b.js";\nexport const a = () => b();\n',
        "packages/client/src/b.ts": 'import { a } from "./a.js";\nexport const b = () => a();\n',
      },
    },
    {
      title: "three files whose last arrow is a type",
      files: {
        "packages/client/src/a.ts": 'import { b } from "./b.js";\nexport const a: unknown = b;\n',
        "packages/client/src/b.ts": 'import { c } from "./c.js";\nexport const b: unknown = c;\n',
        "packages/client/src/c.ts": 'import type { a } from "./a.js";\nexport type C = typeof a;\n',
      },
    },
    {
      title: "a file that imports itself",
      files: { "packages/client/src/a.ts": 'import * as self from "./a.js";\nexport const a = () => self;\n' },
    },
  ],
  allows: [
    {
      title: "two ways to one file",
      files: {
        "packages/client/src/a.ts": 'export { b } from "./b.js";\nexport { c } from "./c.js";\n',
        "packages/client/src/b.ts": 'import { c } from "./c.js";\nexport const b = c;\n',
        "packages/client/src/c.ts": "export const c = 1;\n",
      },
    },
  ],
};

function find(repository: Repository, { sources }: Package, counts: (each: Import) => boolean): string[][] {
  const edges = new Map<string, string[]>();
  for (const file of sources) {
    const targets = file.imports
      .filter((each) => each.specifier.startsWith(".") && counts(each))
      .map(({ specifier }) => repository.resolve(file.path, specifier)?.path);
    edges.set(
      file.path,
      targets.filter((path) => path !== undefined),
    );
  }
  return cyclesOf(edges);
}

function report(cycle: readonly string[], what: string): Finding {
  const [path = ""] = cycle;
  const names = [...cycle, path].map((each) => each.replace(/^.*\/src\//, ""));
  return {
    path,
    line: 1,
    message: `${what}: ${names.join(" -> ")}`,
    remedy: "move what both need into a file of its own",
  };
}
