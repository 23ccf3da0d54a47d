/** The sources of a package to mutate, and the tests to run. Paths are globs relative to its folder. */
export interface MutatedPackage {
  /** Sources to mutate: pure folders, and the shells that carry them. */
  readonly sources: readonly string[];
  /** Tests that are not run: they start processes or need files outside the package. */
  readonly withoutTests?: readonly string[];
}

/** The packages by the name of their folder in packages/, in the order in which `pnpm mutants` runs them. */
export const packages: Readonly<Record<string, MutatedPackage>> = {
  protocol: { sources: ["src/**"] },
  client: { sources: ["src/session/**", "src/connection/**", "src/watches/**", "src/operations/**"] },
  recipes: {
    sources: ["src/**"],
    withoutTests: ["src/package-tests/**", "src/**/stopped-process.test.ts", "src/**/woken.test.ts"],
  },
  server: {
    sources: ["src/sessions/**", "src/pipeline/**", "src/tree/**"],
    withoutTests: ["src/crash*.test.ts", "src/*-client.test.ts", "src/fuzz.test.ts"],
  },
};

/** Files in the folders of {@link MutatedPackage.sources} that no user runs. */
export const NOT_SOURCES: readonly string[] = [
  "!src/**/*.{test,bench}.ts",
  "!src/**/*.d.ts",
  "!src/**/{golden,*-fixture,package-tests}/**",
  "!src/**/index.ts",
];

/** Tests that need a real service, in any package. */
export const SERVICE_TESTS: readonly string[] = ["src/**/*.contract.test.ts", "src/**/*.apache.test.ts"];
