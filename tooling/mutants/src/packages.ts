/**
 * Folders below a package's `src/` with mutants that count: pure folders, and the shells that carry them. "" is all of `src/`.
 * The tests of a folder must kill its mutants: no others are run. In the order in which `pnpm mutants` runs them.
 */
export const packages: Readonly<Record<string, readonly string[]>> = {
  protocol: [""],
  client: ["session", "connection", "watches", "requests", "operations"],
  recipes: [
    "wait-queue",
    "grant",
    "background",
    "watching",
    "leader-election",
    "partitioner",
    "persistent-node",
    "queue",
    "lock",
    "mutex",
    "read-write-lock",
    "multi-lock",
    "semaphore",
    "group",
    "barrier",
    "double-barrier",
    "latch",
    "atomic-value",
    "counter",
    "shared-config",
    "cache",
    "health",
    "service-registry",
    "options",
  ],
  server: ["sessions", "tree", "pipeline", "replication", "zab"],
};

/** Files in these folders that no user runs. */
export const NOT_SOURCES: readonly string[] = [
  "!src/**/*.{test,bench}.ts",
  "!src/**/*.d.ts",
  "!src/**/{golden,*-fixture}/**",
  "!src/**/index.ts",
];

/** Tests that are not run: they take many seconds each, start processes, or need a real service. */
export const LONG_TESTS: readonly string[] = [
  "src/**/*.{contract,apache}.test.ts",
  // client
  "src/session/read-only-link.test.ts",
  "src/connection/{tls,sasl}.test.ts",
  // recipes
  "src/**/{curator-*,stopped-process,woken,lock-faults,acquire-all}.test.ts",
  // server
  "src/tree/path-index*.test.ts",
  "src/zab/ensemble.test.ts",
  "src/zab/election/election-random.test.ts",
];
