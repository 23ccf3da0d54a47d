/** One small change of the code, and whether a test noticed it. */
export interface Mutant {
  /** Relative to the package's folder. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Text of that line, without the white space around it. */
  readonly lineText: string;
  /** The changed code, and the code in its place, with each run of white space as one space. */
  readonly original: string;
  readonly mutated: string;
  readonly fate: Fate;
}

/**
 * `killed`: a test failed, or ran without end. `uncovered`: no test runs the code. `invalid`: the code cannot be loaded, which
 * says nothing about the tests.
 */
export type Fate = "killed" | "survived" | "uncovered" | "invalid";

/** A mutant as Stryker reports it; lines and columns from 1, and the end is the column after the last. */
export interface StrykerMutant {
  readonly fileName: string;
  readonly location: { readonly start: Place; readonly end: Place };
  readonly replacement?: string | undefined;
  readonly status: string;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

const FATES: Readonly<Record<string, Fate>> = {
  Killed: "killed",
  Timeout: "killed",
  Survived: "survived",
  NoCoverage: "uncovered",
};

/** Translates a mutant of `file`, which has the text `source`. */
export function toMutant(found: StrykerMutant, file: string, source: string): Mutant {
  const { start, end } = found.location;
  const lines = source.split("\n").slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1)!.slice(0, end.column - 1);
  lines[0] = lines[0]!.slice(start.column - 1);
  return {
    file,
    line: start.line,
    lineText: source.split("\n")[start.line - 1]!.trim(),
    original: oneLine(lines.join("\n")),
    mutated: oneLine(found.replacement ?? ""),
    fate: FATES[found.status] ?? "invalid",
  };
}

/** Returns the text with each run of white space as one space. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
