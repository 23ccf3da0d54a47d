import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { compile } from "./compile.ts";
import { type Assignment, type Example, isTest, moduleText, urlOf } from "./example.ts";

/** Bound of an example, in milliseconds: only one that does not end reaches it. */
const RUN_LIMIT_MS = 120_000;

/** Time for start and end of the program, on a busy machine too, beyond its limit. */
const KILL_MARGIN_MS = 60_000;

/** Result of a program: its exit code, -1 for one that was killed, and its output. */
export interface Run {
  readonly code: number;
  /** Names the document and its lines where the program's stack traces do. */
  readonly output: string;
}

/** Cache of compiled code: a program that was compiled before takes about a third less time. */
const COMPILED = join(import.meta.dirname, "../node_modules/.cache/v8");

/** Placeholder of documentation for a connect string: ZooKeeper's own port on this machine. */
const WRITTEN = "127.0.0.1:2181";

/**
 * Runs an example as a program of its own in an empty folder, with the built packages. `connectString` is in `CONCLAVE_SERVERS`, and replaces
 * 127.0.0.1:2181 in the text. A program that does not end by itself fails after `limitMs`, and its output then lists the open
 * resources. A program that listens for SIGTERM is a service: it receives that signal once its top level has run, and must then
 * end.
 */
export async function runExample(
  root: string,
  example: Example,
  connectString: string,
  limitMs = RUN_LIMIT_MS,
): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), "conclave-example-"));
  const script = join(import.meta.dirname, isTest(example) ? "run-test.ts" : "run.ts");
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^(?:VITEST|CONCLAVE_|NODE_|TEST$|DEV$|PROD$)/.test(key),
  );
  try {
    const child = spawn(process.execPath, ["--enable-source-maps", "--disable-warning=ExperimentalWarning", script], {
      cwd: folder,
      env: { ...Object.fromEntries(inherited), CONCLAVE_SERVERS: connectString, NODE_COMPILE_CACHE: COMPILED },
      stdio: ["pipe", "pipe", "pipe"],
      // The program ends itself at its limit, unless it blocks its event loop.
      timeout: limitMs + KILL_MARGIN_MS,
      killSignal: "SIGKILL",
    });
    const { document, line } = example;
    const written = moduleText(example).replaceAll(WRITTEN, connectString);
    // Vitest compiles for itself.
    const text = isTest(example) ? written : compile(written, urlOf(root, example));
    child.stdin.end(JSON.stringify({ root, document, line, text, limitMs } satisfies Assignment));
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    if (signal === "SIGKILL")
      output += `\nIt blocked its event loop for more than ${limitMs / 1000} s, and was killed.`;
    // Services that have closed end by the signal that they were stopped with.
    return { code: signal === "SIGTERM" ? 0 : (code ?? -1), output: readable(output, root, example) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const readable = (output: string, root: string, { line }: Example): string =>
  stripVTControlCharacters(output)
    .replaceAll(`${pathToFileURL(root)}/`, "")
    .replaceAll(`${root}/`, "")
    .replaceAll(`.md?line=${line}`, ".md")
    .trim();
