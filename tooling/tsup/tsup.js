import { defineConfig } from "tsup";

const shared = {
  format: "esm",
  target: "node20",
  platform: "node",
  sourcemap: true,
  clean: true,
  // Some built-in modules (node:sqlite) have no name without it.
  removeNodeProtocol: false,
};

/** The build of every package: one ES module and its declarations per entry, dependencies left outside. */
export const library = (entry = ["src/index.ts"]) =>
  defineConfig({ ...shared, entry, dts: true, splitting: true, treeshake: true });

/** The build of an app: as a library, but nobody outside imports it, so no declarations. */
export const app = (entry = ["src/main.ts"]) => defineConfig({ ...shared, entry });
