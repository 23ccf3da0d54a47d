import { existsSync, globSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TestProjectInlineConfiguration } from "vitest/config";
import { nest11 } from "./nest-11.ts";

/** Projects without tests on real services: a run of these alone does not look for services or install them. */
const withoutServices: ReadonlySet<string> = new Set([
  "bench",
  "examples",
  "mutants",
  "packed",
  "protocol",
  "runtime",
  "simulation",
  "tidy",
  "tsup",
]);

/**
 * Bound of a test and of a hook, which only a hang reaches: tests wait for conditions as long as a busy machine needs, and set no
 * time of their own.
 */
const HANG_MS = 180_000;

const conditions = ["@conclave/source", "module", "node", "development|production"];
const globalSetup = join(import.meta.dirname, "global-setup.ts");

const hasTests = (folder: string): boolean =>
  existsSync(join(folder, "src")) && globSync("src/**/*.test.ts", { cwd: folder }).length > 0;

const project = (
  root: string,
  name: string,
  more: TestProjectInlineConfiguration = {},
): TestProjectInlineConfiguration => ({
  ...more,
  root,
  // Workspace packages are tested from their sources, without a build.
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name,
    include: ["src/**/*.test.ts"],
    environment: "node",
    // The files of all projects share the workers that vitest.config.ts allows. A worker runs file after file of a project and
    // loads a module once: a worker and its modules for each file would take a quarter of all CPU time. Modules hold no state.
    pool: "forks",
    isolate: false,
    testTimeout: HANG_MS,
    hookTimeout: HANG_MS,
    expect: { poll: { timeout: HANG_MS / 3, interval: 20 } },
    globalSetup: withoutServices.has(name) ? [] : [globalSetup],
  },
});

/**
 * One project for each folder of packages/, apps/ and tooling/ that has tests, named after the folder. The tests of
 * `nestjs` run twice: the project `nestjs` has the NestJS of the catalog, `nestjs-11` that of tooling/nest-11.
 */
export const projects = (repository: string): TestProjectInlineConfiguration[] =>
  ["packages", "apps", "tooling"]
    .flatMap((group) =>
      readdirSync(join(repository, group)).map((name) => ({ name, root: join(repository, group, name) })),
    )
    .filter(({ root }) => hasTests(root))
    .flatMap(({ name, root }) =>
      name === "nestjs"
        ? [project(root, name), project(root, "nestjs-11", { plugins: [nest11(repository)] })]
        : [project(root, name)],
    );
