import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Stryker } from "@stryker-mutator/core";
import { type Mutant, toMutant } from "./mutant.ts";
import { type Equivalent, type Outcome, outcomeOf } from "./outcome.ts";
import { NOT_SOURCES, packages } from "./packages.ts";

export interface RunOptions {
  /** Root of the repository. */
  readonly repository: string;
  /** Paths below the package's `src/`: only the sources there are mutated. Empty for all that count. */
  readonly only: readonly string[];
  /** Mutants that are tried at a time. */
  readonly concurrency: number;
  /** Ignores the results of earlier runs and tries each mutant again. */
  readonly force: boolean;
}

/** Tries the mutants of a package; changes the working directory to it. Results of earlier runs count where nothing changed. */
export async function run(name: string, { repository, only, concurrency, force }: RunOptions): Promise<Outcome> {
  const folder = join(repository, "packages", name);
  const cache = join(repository, ".cache/mutants");
  mkdirSync(cache, { recursive: true });
  // Stryker takes the package to be its working directory.
  process.chdir(folder);
  const stryker = new Stryker({
    mutate: [...sourcesOf(name, only), ...NOT_SOURCES],
    testRunner: "vitest",
    plugins: [fileURLToPath(import.meta.resolve("@stryker-mutator/vitest-runner"))],
    vitest: { configFile: join(import.meta.dirname, "vitest.config.ts") },
    coverageAnalysis: "perTest",
    incremental: true,
    incrementalFile: join(cache, `${name}.json`),
    force,
    tempDirName: join(cache, "copies"),
    ignorePatterns: ["dist"],
    concurrency,
    // Only a mutant that runs without end takes as long, however busy the machine is.
    timeoutMS: 30_000,
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
  const mutants = found
    .map((mutant) => ({ mutant, file: relative(folder, mutant.fileName) }))
    .filter(({ file }) => only.length === 0 || only.some((path) => `${file}/`.startsWith(`src/${path}/`)))
    .map(({ mutant, file }) => toMutant(mutant, file, sourceOf(file)));
  const lineOf = ({ file, line }: Mutant): string => sourceOf(file).split("\n")[line - 1]!;
  return outcomeOf(mutants, equivalentsOf(folder), lineOf);
}

function sourcesOf(name: string, only: readonly string[]): readonly string[] {
  if (only.length === 0) return packages[name]!.sources;
  return only.map((path) => (path.endsWith(".ts") ? `src/${path}` : `src/${path}/**`));
}

function equivalentsOf(folder: string): readonly Equivalent[] {
  const path = join(folder, "equivalent-mutants.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Equivalent[]) : [];
}
