/* Settings of the tests that look for mutants. Stryker loads them in its copy of the package, its working directory. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { NearestFirst } from "./nearest-first.ts";
import { LONG_TESTS } from "./packages.ts";

const root = process.cwd();
const { name } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { name: string };
const conditions = ["@conclave/source", "module", "node", "development|production"];
const none = { available: false as const, reason: "mutants are tried without services" };

export default defineConfig({
  root,
  // Other packages that use this one, such as the test kit, get its mutated copy too.
  resolve: { conditions, alias: [{ find: new RegExp(`^${name}$`), replacement: join(root, "src/index.ts") }] },
  ssr: { resolve: { conditions } },
  test: {
    // Set by run.ts.
    include: [process.env.CONCLAVE_MUTANT_TESTS!],
    exclude: [...LONG_TESTS],
    environment: "node",
    reporters: [{}],
    setupFiles: [join(import.meta.dirname, "same-seed.ts")],
    sequence: { sequencer: NearestFirst },
    // Tests on each kind of ensemble run on Conclave only, in their process.
    provide: { conclaveServices: { apache: none, redis: none, postgres: none, sharedApacheUrl: "" } },
    // Many mutants make a test wait without end. The tests that are run take milliseconds: see LONG_TESTS.
    testTimeout: 15_000,
    hookTimeout: 30_000,
  },
});
