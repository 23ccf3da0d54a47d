/*
 * Runs one example that is a test file with vitest: `node run-test.ts <root> <document> <line> <limitMs>`. Vitest takes
 * the document for the test file, and a plugin gives it the example in its place.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startVitest } from "vitest/node";
import { moduleText, readInstallation } from "./example.ts";
import { readMarkdown } from "./markdown.ts";

const [root, document, line, limitMs] = process.argv.slice(2) as [string, string, string, string];
const block = readMarkdown(readFileSync(join(root, document), "utf8")).blocks.find((each) => each.line === +line)!;
const file = join(root, document);
const installation = readInstallation(root);
const conditions = ["@conclave/source", "module", "node", "development|production"];

const vitest = await startVitest(
  [],
  { root, config: false, watch: false, include: [document], testTimeout: +limitMs, reporters: ["tree"] },
  {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    plugins: [
      {
        name: "conclave:example",
        enforce: "pre",
        load: (id) => (id === file ? { code: moduleText(block), moduleType: "ts" } : null),
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
