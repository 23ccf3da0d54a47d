import ts from "typescript";
import type { Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";
import { thrownBy } from "../thrown-by.ts";
import type { Finding } from "../violation.ts";

const SUBSCRIBE = /^(?:on|once|addListener|prependListener|addEventListener)$/;
const EVENTS = new Set([
  "data",
  "error",
  "close",
  "end",
  "drain",
  "timeout",
  "connect",
  "secureConnect",
  "connection",
  "readable",
  "message",
]);
const LAST_RESORT = new Set(["uncaughtException", "unhandledRejection"]);

/** Invariant 6, as far as a static check can see: no handler throws, and no package catches errors of another one. */
export const socketHandlers: Rule = {
  name: "socket-handlers",
  *check({ sources }) {
    for (const file of sources) {
      if (!file.path.startsWith("packages/") || file.role !== "source") continue;
      for (const call of file.all(ts.isCallExpression)) {
        const { expression } = call;
        if (!ts.isPropertyAccessExpression(expression) || !SUBSCRIBE.test(expression.name.text)) continue;
        const [event, handler] = call.arguments;
        if (event === undefined || !ts.isStringLiteralLike(event)) continue;
        if (LAST_RESORT.has(event.text) && expression.expression.getText() === "process") {
          const remedy = "handle it where it is thrown";
          yield { path: file.path, line: file.lineOf(call), message: `a library listens for ${event.text}`, remedy };
        }
        if (handler !== undefined && EVENTS.has(event.text)) yield* throwsIn(file, handler, event.text);
      }
    }
  },
  refuses: [
    fixture("a handler that throws", 's.on("data", (d) => { if (d.length > 9) throw new Error("big"); });'),
    fixture(
      "a handler that throws an error that it caught",
      's.once("error", function (e) { try { s.x(); } catch { throw e; } });',
    ),
    fixture("a try that catches nothing", 's.on("close", () => { try { throw new Error("x"); } finally { s.x(); } });'),
    fixture("a function that throws", 'function big() { throw new Error("big"); }\ns.on("data", () => big());'),
    fixture(
      "a method that throws",
      'class A { open() { s.on("data", this.#take.bind(this)); } #take() { this.#big(); } #big() { throw new Error("x"); } }',
    ),
    fixture("a last resort", 'process.on("uncaughtException", () => {});'),
  ],
  allows: [
    fixture(
      "throws that are caught or run elsewhere",
      [
        's.on("data", () => { try { throw new Error("x"); } catch { s.destroy(); } });',
        's.on("data", () => s.later(() => { throw new Error("x"); }));',
        's.on("made-up", () => { throw new Error("x"); });',
        'process.on("SIGTERM", () => {});',
        'class A { open() { s.on("data", () => { try { this.#big(); } catch (e) { s.destroy(e); } }); } #big() { throw new Error("x"); } }',
      ].join("\n"),
    ),
  ],
};

function fixture(title: string, text: string) {
  return { title, files: { "packages/client/src/peek.ts": `declare const s: any;\n${text}\n` } };
}

function* throwsIn(file: SourceFile, handler: ts.Expression, event: string): Iterable<Finding> {
  for (const node of thrownBy(handler)) {
    const remedy = "end the connection with the error instead";
    yield { path: file.path, line: file.lineOf(node), message: `a "${event}" handler throws`, remedy };
  }
}
