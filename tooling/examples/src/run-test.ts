/*
 * Runs the example that standard input holds (an `Assignment`), a test file, with vitest: `node run-test.ts`. Vitest takes
 * the document for the test file, and a plugin gives it the example in its place.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startVitest } from "vitest/node";
import { type Assignment, readInstallation } from "./example.ts";

const { root, document, text, limitMs } = JSON.parse(readFileSync(0, "utf8")) as Assignment;
const file = join(root, document);
const installation = readInstallation(root);
const conditions = ["@conclave/source", "module", "node", "development|production"];

const vitest = await startVitest(
  [],
  // The cache of modules does not know that one document holds several examples.
  {
    root,
    config: false,
    watch: false,
    fsModuleCache: false,
    include: [document],
    testTimeout: limitMs,
    reporters: ["tree"],
  },
  {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    plugins: [
      {
        name: "conclave:example",
        enforce: "pre",
        load: (id) => (id === file ? { code: text, moduleType: "ts" } : null),
        async resolveId(id, importer) {
          if (importer !== file || /^(?:[./]|node:)/.test(id)) return null;
          for (const folder of installation.from(document, id)) {
            const found = await this.resolve(id, join(folder, "package.json"), { skipSelf: true });
            if (found !== null) return found;
          }
          return null;
        },
      },
    ],
  },
);
await vitest.close();
