/** The framework adapters; they must not import each other. */
export const ADAPTERS: readonly string[] = [
  "nestjs",
  "bullmq",
  "express",
  "fastify",
  "koa",
  "hono",
  "node-cron",
  "locking",
  "bree",
];

/** Dependencies that a published package may have. */
export interface Layer {
  /** Folders under `packages/` that it may import. */
  readonly ours: readonly string[];
  /** True where packages from elsewhere are allowed. */
  readonly others: boolean;
}

const adapter: Layer = { ours: ["membership", "recipes", "client", "runtime"], others: true };

/** The arrows of ARCHITECTURE.md, by folder under `packages/`. A package that is missing here has no layer yet. */
export const LAYERS: ReadonlyMap<string, Layer> = new Map<string, Layer>([
  ["protocol", { ours: [], others: false }],
  ["runtime", { ours: [], others: false }],
  ["client", { ours: ["protocol", "runtime"], others: true }],
  ["recipes", { ours: ["client", "runtime"], others: false }],
  ["server", { ours: ["protocol", "runtime"], others: true }],
  ["cli", { ours: ["server", "recipes", "client", "runtime", "protocol"], others: true }],
  ["embedded", { ours: ["server", "client", "runtime"], others: false }],
  // Recipes and a server are for its tests only.
  ["console", { ours: ["recipes", "server", "client", "runtime"], others: true }],
  ["membership", { ours: ["recipes", "client", "runtime"], others: true }],
  ["testing", { ours: ["server", "client", "protocol", "runtime"], others: true }],
  ...ADAPTERS.map((name): [string, Layer] => [name, adapter]),
  // NestJS's module is for the test of its README only.
  ["bullmq", { ...adapter, ours: [...adapter.ours, "nestjs"] }],
]);

/** The one tool that samples may use when they run: it finds the services that they talk to. */
export const TOOLS_FOR_APPS: readonly string[] = ["services"];

const PURE_FOLDERS = /^packages\/(?:(?:protocol|recipes)\/src|server\/src\/(?:sessions|tree|zab|pipeline))\//;
const STATE_FILE = /-state\.[cm]?ts$/;

/** Returns true where code at `path` takes time, randomness and everything outside as parameters (invariant 3). */
export function isPure(path: string): boolean {
  if (path.startsWith("packages/testing/")) return false;
  return PURE_FOLDERS.test(path) || STATE_FILE.test(path);
}
