/*
 * Runs the example that standard input holds (an `Assignment`), in this process: `node run.ts`. No file is written: the module
 * has the document's own URL and lines. Packages that are published load as they were built; private ones have only sources.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compiledFile } from "./compiled-file.ts";
import { type Assignment, readInstallation, urlOf } from "./example.ts";

const { root, document, line, text, limitMs } = JSON.parse(readFileSync(0, "utf8")) as Assignment;
const url = urlOf(root, { document, line });
const installation = readInstallation(root);
const own = new URL(".", import.meta.url).href;

/** Returns the result of the first way that leads to a module. If none does, throws the error of the first one. */
const firstOf = <T>(ways: readonly (() => T)[]): T => {
  let failure: { readonly error: unknown } | undefined;
  for (const way of ways) {
    try {
      return way();
    } catch (error) {
      if (!/NOT_FOUND|NOT_EXPORTED/.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
      failure ??= { error };
    }
  }
  throw failure!.error;
};

registerHooks({
  resolve(specifier, context, next) {
    if (context.parentURL === url && !/^(?:[./]|node:)/.test(specifier)) {
      const folders = installation.from(document, specifier);
      const parents = folders.map((folder) => pathToFileURL(join(folder, "a.js")).href);
      return firstOf(parents.map((parentURL) => () => next(specifier, { ...context, parentURL })));
    }
    if (!/^\.{1,2}\/.*\.js$/.test(specifier)) return next(specifier, context);
    // Sources name each other as they are named once they are built.
    return firstOf([specifier.replace(/js$/, "ts"), specifier].map((each) => () => next(each, context)));
  },
  load(target, context, next) {
    if (target === url) return { format: "module", source: text, shortCircuit: true };
    // This package's own, the compiler among them, are plain enough for Node.js.
    if (!/^file:.*\/src\/.*\.ts$/.test(target) || target.startsWith(own)) return next(target, context);
    return { format: "module", source: compiledFile(fileURLToPath(target)), shortCircuit: true };
  },
});

setTimeout(() => {
  const open = process.getActiveResourcesInfo().filter((each) => !/Pipe|TTY/.test(each));
  process.stderr.write(`It did not end within ${limitMs / 1000} s. Open resources: ${open.join(", ") || "none"}\n`);
  process.exit(1);
}, limitMs).unref();
await import(url);
// Its top level has run, and it listens for the signal that stops a service.
if (process.listenerCount("SIGTERM") > 0) process.kill(process.pid, "SIGTERM");
