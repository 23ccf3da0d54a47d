import type { KnipConfig } from "knip";

const config: KnipConfig = {
  workspaces: {
    // Run by the images and units of the folder.
    ".": { entry: ["deploy/**/*.js"] },
    "packages/protocol": { entry: ["golden/capture.ts", "golden/capture-quorum.ts"] },
    // Declared by each adapter; only express uses it, in a test.
    ...Object.fromEntries(
      ["fastify", "hono", "koa"].map((name) => [`packages/${name}`, { ignoreDependencies: ["@conclave/client"] }]),
    ),
    // The project `nestjs-11` of the tests resolves @nestjs packages from there.
    "packages/nestjs": { ignoreDependencies: ["@conclave/nest-11"] },
    // Loaded by the libraries themselves.
    "packages/bree": { entry: ["test-support/*.mjs"] },
    "packages/node-cron": { entry: ["test-support/*.mjs"] },
    "apps/*": { entry: ["src/{main,ensemble,worker,instance,chaos}.ts"] },
    "apps/demo": { entry: ["src/{main,ensemble}.ts", "page/*.js"] },
    "apps/embedded-ensemble": { entry: ["src/{main,chaos}.ts", "page/*.js"] },
    "packages/console": { entry: ["page/*.js"] },
    "apps/express-cluster": { entry: ["src/{main,instance}.ts", "page/*.js"] },
    // Started as processes of their own.
    "tooling/bench": { entry: ["src/**/*-process.ts"] },
    "tooling/curator": { entry: ["src/hold.ts"] },
    "tooling/examples": { entry: ["src/{run,run-test}.ts"] },
    // Loaded by Stryker and by vitest.
    "tooling/mutants": {
      entry: [
        "src/same-seed.ts",
        "src/**/vitest.config.ts",
        "src/resident/*-{runner,tests}.ts",
        "src/resident/serve.ts",
      ],
    },
    "tooling/nest-11": { ignoreDependencies: [/./] },
    "tooling/packed": { ignore: ["samples/**"] },
    "tooling/simulation": { entry: ["src/soak/seed-worker.ts"] },
    "tooling/tidy": { entry: ["src/*/main.ts"], ignoreDependencies: ["@biomejs/biome"] },
    "tooling/verification": { entry: ["scripts/*.ts"] },
    "tooling/vitest": { entry: ["fixture/*.ts"] },
  },
  // Pins a benchmark to a core, where Linux has it.
  ignoreBinaries: ["taskset", "java", "javac"],
  ignoreExportsUsedInFile: true,
  ignoreIssues: { "packages/server/src/tree/znode.ts": ["exports"] },
};

export default config;
