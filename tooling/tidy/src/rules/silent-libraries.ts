import { findGlobals, type Globals } from "../global-reference.ts";
import type { Rule } from "../rule.ts";

const PRINTERS: Globals = new Map<string, "all" | readonly string[]>([
  ["console", "all"],
  ["process", ["stdout", "stderr", "emitWarning"]],
]);

const REMEDY = "use the injected Logger";

/** Invariant 9: libraries never print. Only the command does. */
export const silentLibraries: Rule = {
  name: "silent-libraries",
  *check({ sources }) {
    for (const file of sources) {
      if (!file.path.startsWith("packages/") || file.folder === "packages/cli" || file.role !== "source") continue;
      for (const { specifier, line, names } of file.imports) {
        const streams = /^(?:node:)?process$/.test(specifier)
          ? names.filter((name) => /^std(?:out|err)$/.test(name))
          : [];
        const printers = /^(?:node:)?console$/.test(specifier) ? [specifier] : streams;
        for (const name of printers)
          yield { path: file.path, line, message: `a library imports ${name}`, remedy: REMEDY };
      }
      const found = findGlobals(file, PRINTERS).filter(({ name }) => name !== "process");
      for (const { name, line } of found) {
        yield { path: file.path, line, message: `a library uses ${name}`, remedy: REMEDY };
      }
    }
  },
  refuses: [
    { title: "a message", files: { "packages/client/src/peek.ts": 'export const f = () => console.warn("x");\n' } },
    {
      title: "a stream",
      files: { "packages/testing/src/peek.ts": 'export const f = () => process.stderr.write("x");\n' },
    },
    {
      title: "a stream by import",
      files: { "packages/client/src/peek.ts": 'export { stdout } from "node:process";\n' },
    },
    { title: "a console by import", files: { "packages/client/src/peek.ts": 'import "node:console";\n' } },
  ],
  allows: [
    { title: "the command", files: { "packages/cli/src/peek.ts": 'export const f = () => console.log("x");\n' } },
    {
      title: "an injected console",
      files: { "packages/client/src/peek.ts": "export const f = (console: any) => console.log();\n" },
    },
    { title: "the process itself", files: { "packages/client/src/peek.ts": "export const p = () => process.pid;\n" } },
  ],
};
