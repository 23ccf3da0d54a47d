/** The sources of a package to mutate, and the tests to run. Paths are globs relative to its folder. */
export interface MutatedPackage {
  /** Sources to mutate: pure folders, and the shells that carry them. */
  readonly sources: readonly string[];
  /** Tests that are not run: they take seconds, start processes or need files outside the package. */
  readonly withoutTests?: readonly string[];
}

/** The packages by the name of their folder in packages/, in the order in which `pnpm mutants` runs them. */
export const packages: Readonly<Record<string, MutatedPackage>> = {
  protocol: { sources: ["src/**"] },
  client: {
    sources: ["src/session/**", "src/connection/**", "src/watches/**", "src/operations/**"],
    withoutTests: ["src/session/read-only-link.test.ts", "src/connection/{tls,sasl}.test.ts"],
  },
  recipes: {
    sources: ["src/**"],
    withoutTests: [
      "src/package-tests/**",
      "src/**/{stopped-process,woken}.test.ts",
      "src/lock/lock-faults.test.ts",
      "src/grant/acquire-all.test.ts",
    ],
  },
  server: {
    sources: ["src/sessions/**", "src/pipeline/**", "src/tree/**"],
    withoutTests: [
      "src/{crash*,*-client,conformance,fuzz,data-lock,recover-tree}.test.ts",
      "src/{transport,storage,admin,auth}/**",
      "src/tree/path-index.test.ts",
    ],
  },
};

/** Files in the folders of {@link MutatedPackage.sources} that no user runs. */
export const NOT_SOURCES: readonly string[] = [
  "!src/**/*.{test,bench}.ts",
  "!src/**/*.d.ts",
  "!src/**/{golden,*-fixture,package-tests}/**",
  "!src/**/index.ts",
];

/** Tests that run for minutes or need a real service, in any package. */
export const SERVICE_TESTS: readonly string[] = ["src/**/*.contract.test.ts", "src/**/*.apache.test.ts"];
