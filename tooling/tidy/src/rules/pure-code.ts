import { findGlobals, type Globals } from "../global-reference.ts";
import { isPure } from "../layers.ts";
import type { Rule } from "../rule.ts";
import { readSpecifier } from "../specifier.ts";

const OUTSIDE: Globals = new Map<string, "all" | readonly string[]>([
  ...["Date", "performance", "Temporal", "crypto", "process", "globalThis", "global"].map(all),
  ...["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate"].map(all),
  ...["fetch", "WebSocket", "EventSource", "XMLHttpRequest"].map(all),
  ["Math", ["random"]],
  ["AbortSignal", ["timeout"]],
]);

/** Builtins without time, randomness, sockets or files: the context of asynchronous calls, and the listeners of an object. */
const HARMLESS: ReadonlySet<string> = new Set(["node:async_hooks", "node:events"]);

function all(name: string): [string, "all"] {
  return [name, "all"];
}

/** Invariant 3: pure code takes time, randomness, sockets and files as parameters. (That makes simulation repeatable.) */
export const pureCode: Rule = {
  name: "pure-code",
  *check({ sources }) {
    for (const file of sources) {
      if (!isPure(file.path) || file.role !== "source") continue;
      for (const { name, line } of findGlobals(file, OUTSIDE)) {
        const remedy = "receive it as a parameter, such as Clock or Random";
        yield { path: file.path, line, message: `pure code reads ${name}`, remedy };
      }
      if (file.path.startsWith("packages/protocol/")) continue; // noRestrictedImports of biome.json is stricter.
      for (const { specifier, line } of file.imports) {
        if (readSpecifier(specifier).kind !== "node" || HARMLESS.has(specifier)) continue;
        const remedy = "move the effect to the shell around it";
        yield { path: file.path, line, message: `pure code imports "${specifier}"`, remedy };
      }
    }
  },
  refuses: [
    fixture("the wall clock", "packages/recipes/src/peek.ts", "export const now = () => Date.now();"),
    fixture("a date in the protocol", "packages/protocol/src/peek.ts", "export const now = () => new Date();"),
    fixture("a steady clock", "packages/server/src/tree/peek.ts", "export const now = () => performance.now();"),
    fixture("a random number", "packages/server/src/zab/peek.ts", "export const roll = () => Math.random();"),
    fixture(
      "a destructured random source",
      "packages/server/src/zab/peek.ts",
      "const { random } = Math;\nexport const roll = () => random();",
    ),
    fixture(
      "random bytes of crypto",
      "packages/server/src/sessions/peek.ts",
      "export const id = () => crypto.randomUUID();",
    ),
    fixture(
      "a timer",
      "packages/server/src/pipeline/peek.ts",
      "export const later = (f: () => void) => setTimeout(f, 1);",
    ),
    fixture("a timer passed along", "packages/recipes/src/peek.ts", "export const seams = { setTimeout };"),
    fixture("a timer in disguise", "packages/recipes/src/peek.ts", "export const s = () => AbortSignal.timeout(5);"),
    fixture(
      "a global by the back door",
      "packages/recipes/src/peek.ts",
      'export const now = () => globalThis["Date"].now();',
    ),
    fixture("the process", "packages/client/src/peek-state.ts", "export const now = () => process.hrtime();"),
    fixture(
      "a builtin",
      "packages/recipes/src/peek.ts",
      'import { randomInt } from "node:crypto";\nexport const roll = () => randomInt(6);',
    ),
    fixture(
      "a builtin's type in a state machine",
      "packages/server/src/quorum/peek-state.ts",
      'import type { Socket } from "node:net";\nexport type S = Socket;',
    ),
  ],
  allows: [
    fixture(
      "names that only look alike",
      "packages/recipes/src/peek.ts",
      [
        "// Date.now() and Math.random() in a comment",
        "interface Clock { setTimeout(run: () => void, ms: number): void; performance: number }",
        'export const text = "Date.now()";',
        "export type D = Date;",
        "export function wait(clock: Clock): void { clock.setTimeout(() => {}, Math.max(1, clock.performance)); }",
        "export function given(performance: number, { crypto }: { crypto: number }): number { return performance + crypto; }",
      ].join("\n"),
    ),
    fixture(
      "the asynchronous context",
      "packages/recipes/src/peek.ts",
      'import { AsyncLocalStorage } from "node:async_hooks";\nexport const held = new AsyncLocalStorage();',
    ),
    fixture("a test", "packages/recipes/src/mutex.test.ts", 'import "node:net";\nsetTimeout(() => {}, Date.now());'),
    fixture("the test kit", "packages/testing/src/peek-state.ts", "export const now = () => Date.now();"),
    fixture(
      "the shell",
      "packages/server/src/quorum/peek.ts",
      'import "node:net";\nexport const now = () => Date.now();',
    ),
  ],
};

function fixture(title: string, path: string, text: string) {
  return { title, files: { [path]: `${text}\n` } };
}
