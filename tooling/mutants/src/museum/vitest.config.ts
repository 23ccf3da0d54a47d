/* Settings of the tests that the museum runs: those of packages/server, without services. */
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const conditions = ["@conclave/source", "module", "node", "development|production"];
const none = { available: false as const, reason: "the museum needs no services" };

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["src/**/*.test.ts"],
    environment: "node",
    setupFiles: [join(import.meta.dirname, "../same-seed.ts")],
    provide: { conclaveServices: { apache: none, redis: none, postgres: none, sharedApacheUrl: "" } },
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 1,
  },
});
