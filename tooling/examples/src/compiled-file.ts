import { hash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);

/** Folder of compiled files, shared by all runs of examples. */
const cache = join(import.meta.dirname, "../node_modules/.cache/compiled");

/** Versions and settings of the compiler: the same text compiles to the same code under the same ones. */
const compiler = ["typescript/package.json", "@conclave/tsconfig/nest.json"]
  .map((file) => readFileSync(require.resolve(file), "utf8"))
  .join();

/** The file as JavaScript. The compiler, which takes longer to load than most examples run, is loaded if the file changed. */
export function compiledFile(path: string): string {
  const text = readFileSync(path, "utf8");
  const kept = join(cache, `${hash("sha256", [compiler, path, text].join("\0"))}.js`);
  try {
    return readFileSync(kept, "utf8");
  } catch {
    const { compile } = require("./compile.ts") as typeof import("./compile.ts");
    const compiled = compile(text, path);
    mkdirSync(cache, { recursive: true });
    writeFileSync(`${kept}.${process.pid}`, compiled);
    // Others may be at the same file: they never see half of it.
    renameSync(`${kept}.${process.pid}`, kept);
    return compiled;
  }
}
