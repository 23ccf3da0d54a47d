import { posix } from "node:path";
import type { Rule } from "../rule.ts";

/** Invariant 1: a relative import stays inside its package, and shipped code inside its src/. */
export const ownFolder: Rule = {
  name: "own-folder",
  *check({ sources }) {
    for (const file of sources) {
      const src = `${file.folder}/src/`;
      const ships = file.role === "source" && file.path.startsWith(src);
      for (const { specifier, line } of file.imports) {
        const isAbsolute = specifier.startsWith("/");
        if (!specifier.startsWith(".") && !isAbsolute) continue;
        const path = isAbsolute ? specifier : posix.join(posix.dirname(file.path), specifier);
        if (!path.startsWith(`${file.folder}/`)) {
          const remedy = "import the other package by its name";
          yield { path: file.path, line, message: `"${specifier}" is outside of ${file.folder}`, remedy };
        } else if (ships && !path.startsWith(src) && !path.endsWith(".json")) {
          const remedy = "move published code into src/";
          yield { path: file.path, line, message: `"${specifier}" is outside of ${src}`, remedy };
        }
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
    {
      title: "shipped code that leans on a script",
      files: {
        "packages/client/src/peek.ts": 'export { capture } from "../golden/capture.js";\n',
        "packages/client/golden/capture.ts": "export const capture = 1;\n",
      },
    },
  ],
  allows: [
    {
      title: "a script that imports the package's sources and development dependencies",
      files: {
        "packages/client/golden/capture.ts": 'import "../src/connect.js";\nimport "node:net";\nimport "fast-check";\n',
        "packages/client/src/connect.test.ts": 'import "../golden/capture.js";\n',
      },
    },
    {
      title: "a path to the package's own root",
      files: { "packages/client/src/session/peek.ts": 'export { connect } from "../connect.js";\n' },
    },
  ],
};
