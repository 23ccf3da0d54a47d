import { mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Stryker } from "@stryker-mutator/core";
import { type Mutant, toMutant } from "./mutant.ts";
import { NOT_SOURCES } from "./packages.ts";

export interface RunOptions {
  /** The package's folder. */
  readonly folder: string;
  /** Folder below `src/`: its sources are mutated, and its tests are run. "" for all of `src/`. */
  readonly part: string;
  /** Sources to mutate, as files or folders below `src/`; empty for all in the part. */
  readonly only: readonly string[];
  /** Folder for the results of earlier runs, which count where nothing changed. */
  readonly cache: string;
  /** Mutants that are tried at a time. */
  readonly concurrency: number;
  /** Ignores the results of earlier runs and tries each mutant again. */
  readonly force: boolean;
}

/** Tries the mutants of one part of a package. Changes the working directory to the package. */
export async function run({ folder, part, only, cache, concurrency, force }: RunOptions): Promise<Mutant[]> {
  mkdirSync(cache, { recursive: true });
  // Stryker takes the package to be its working directory.
  process.chdir(folder);
  process.env.CONCLAVE_MUTANT_TESTS = glob(part, "**/*.test.ts");
  const name = [relative(join(folder, ".."), folder), ...(part === "" ? [] : [part])].join("-");
  const stryker = new Stryker({
    mutate: [...(only.length === 0 ? [part] : only).map((path) => glob(path, "**/*.ts")), ...NOT_SOURCES],
    testRunner: "resident",
    plugins: [
      fileURLToPath(import.meta.resolve("@stryker-mutator/vitest-runner")),
      join(import.meta.dirname, "resident/resident-runner.ts"),
    ],
    vitest: { configFile: join(import.meta.dirname, "vitest.config.ts") },
    coverageAnalysis: "perTest",
    incremental: true,
    incrementalFile: join(cache, `${name}.json`),
    force,
    tempDirName: join(cache, "copies"),
    ignorePatterns: ["dist"],
    concurrency,
    // Beyond the time of the same tests without a mutant: only one that runs or waits without end takes as long.
    timeoutMS: 10_000,
    timeoutFactor: 4,
    reporters: [process.stdout.isTTY ? "progress" : "progress-append-only"],
    allowEmpty: true,
  });
  const found = await stryker.runMutationTest();
  const sources = new Map<string, string>();
  const sourceOf = (file: string): string => {
    if (!sources.has(file)) sources.set(file, readFileSync(join(folder, file), "utf8"));
    return sources.get(file)!;
  };
  // Stryker also returns kept results of other files, which may have changed since.
  return found
    .map((mutant) => ({ mutant, file: relative(folder, mutant.fileName) }))
    .filter(({ file }) => only.length === 0 || only.some((path) => `${file}/`.startsWith(`src/${path}/`)))
    .map(({ mutant, file }) => toMutant(mutant, file, sourceOf(file)));
}

function glob(path: string, all: string): string {
  if (path.endsWith(".ts")) return `src/${path}`;
  return path === "" ? `src/${all}` : `src/${path}/${all}`;
}
