import { defineConfig } from "tsup";

/** The build of every package: one ES module and its declarations per entry, dependencies left outside. */
export const library = (entry = ["src/index.ts"]) =>
  defineConfig({
    entry,
    format: "esm",
    target: "node20",
    platform: "node",
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: true,
    treeshake: true,
  });

/** The build of an app: as a library, but nobody imports it, so no declarations. */
export const app = (entry = ["src/main.ts"]) =>
  defineConfig({ entry, format: "esm", target: "node20", platform: "node", sourcemap: true, clean: true });
