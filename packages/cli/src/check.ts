import { shownText } from "@conclave/runtime";
import { formatProblem } from "./config/config-error.js";
import { explain, table } from "./config/explain.js";
import { notesOf } from "./config/notes.js";
import { ExitCode } from "./exit-code.js";
import { jsonLine } from "./json-line.js";
import type { Output } from "./output.js";
import { readConfig, readNamedFiles } from "./read-config.js";

export interface CheckContext {
  readonly workingFolder: string;
  readonly output: Output;
  readonly asJson: boolean;
  /** Prints an error for the user. */
  complain(text: string): void;
}

/**
 * Prints how a server would read a configuration, without starting one: each setting with its value and its source,
 * warnings about keys that do nothing, and notes about safety. Resolves with the exit code.
 */
export async function check(file: string, systemProperties: readonly string[], context: CheckContext): Promise<number> {
  const { output, asJson } = context;
  const parsed = await readConfig(file, context.workingFolder, systemProperties);
  if (typeof parsed === "string") {
    context.complain(parsed);
    return ExitCode.MISUSED;
  }
  const rows = explain(parsed, file);
  const warnings = parsed.warnings.map((warning) => formatProblem(file, warning));
  const notes = notesOf(parsed.config);
  if (asJson) {
    for (const row of rows) await output.line(jsonLine(row));
    for (const warning of warnings) await output.line(jsonLine({ warning }));
    for (const note of notes) await output.line(jsonLine({ note }));
  } else {
    await output.line(table(rows));
    for (const warning of warnings) await output.line(shownText(`warning: ${warning}`));
    for (const note of notes) await output.line(shownText(`note: ${note}`));
  }
  await output.flush();
  const named = await readNamedFiles(parsed.config);
  if (typeof named !== "string") return ExitCode.OK;
  context.complain(named);
  return ExitCode.MISUSED;
}
