import { fileURLToPath } from "node:url";
import { defineConfig } from "tsup";
import { classNames } from "./class-names.js";
import { thirdPartyLicenses } from "./third-party-licenses.js";

/**
 * Plugin of esbuild that turns `keepNames` off, which tsup turns on for packages with decorators. It would define the name of
 * each function when the function is created, also of those inside a function that is called often: a call under
 * `@LeaderOnly` cost 2.3 µs instead of 1.2 (`pnpm bench adapters`). {@link classNames} keeps the names that users see.
 */
const functionNames = {
  name: "function-names",
  setup(build) {
    build.initialOptions.keepNames = false;
  },
};

const shared = {
  format: "esm",
  target: "node20",
  platform: "node",
  clean: true,
  // Some built-in modules (node:sqlite) have no name without it.
  removeNodeProtocol: false,
  plugins: [classNames],
  esbuildPlugins: [functionNames],
};

/**
 * The build of every package: one ES module per entry, dependencies left outside, and declarations of the entries that are
 * published. Declarations of the others would take in types of the published ones.
 *
 * No source maps: they were half of each package, and the modules are readable without them: not minified, with the names and
 * comments of the sources, which are not published.
 */
export const library = (entry = ["src/index.ts"], published = entry) =>
  defineConfig({ ...shared, entry, dts: { entry: published }, splitting: true, treeshake: true });

/** The build of an app: as a library, but nobody outside imports it, so no declarations. */
export const app = (entry = ["src/main.ts"]) => defineConfig({ ...shared, entry, sourcemap: true });

/**
 * The build of a command that starts quickly: as a library, with `bundled` packages from elsewhere inside, so that Node.js
 * finds and reads few files, and their licences beside it.
 */
export const command = (entry, bundled) =>
  defineConfig({
    ...shared,
    entry,
    dts: true,
    splitting: true,
    treeshake: true,
    noExternal: bundled,
    // For what is CommonJS among it.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    esbuildOptions(options) {
      options.alias = { "node:process": fileURLToPath(new URL("process.js", import.meta.url)) };
    },
    esbuildPlugins: [...shared.esbuildPlugins, thirdPartyLicenses],
  });
