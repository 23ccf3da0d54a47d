import { posix } from "node:path";
import type { Rule } from "../rule.ts";

/** Invariant 1: a relative import stays inside its package. */
export const ownFolder: Rule = {
  name: "own-folder",
  *check({ sources }) {
    for (const file of sources) {
      for (const { specifier, line } of file.imports) {
        const isAbsolute = specifier.startsWith("/");
        if (!specifier.startsWith(".") && !isAbsolute) continue;
        const path = isAbsolute ? specifier : posix.join(posix.dirname(file.path), specifier);
        if (path.startsWith(`${file.folder}/`)) continue;
        const remedy = "import the other package by its name";
        yield { path: file.path, line, message: `"${specifier}" leaves ${file.folder}`, remedy };
      }
    }
  },
  refuses: [
    {
      title: "a path into the neighbour",
      files: { "packages/client/src/peek.ts": 'import "../../protocol/src/index.js";\n' },
    },
    {
      title: "the same in a test",
      files: {
        "packages/client/src/connect.test.ts": 'export * as x from "../../../tooling/bench/src/index.js";\n'.replace(
          "* as x",
          "{ bench }",
        ),
      },
    },
    {
      title: "a path from the root of the disk",
      files: { "packages/client/src/peek.ts": 'export const load = () => import("/etc/peek.js");\n' },
    },
  ],
  allows: [
    {
      title: "a path to the package's own root",
      files: { "packages/client/src/session/peek.ts": 'export { connect } from "../connect.js";\n' },
    },
  ],
};
