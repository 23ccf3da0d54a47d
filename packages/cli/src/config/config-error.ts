/** One problem of a configuration. */
export interface ConfigProblem {
  /** Counted from 1; `undefined` for a missing key. */
  readonly line?: number | undefined;
  /** The `-Dname=value` with the problem, if it is not in the file. */
  readonly argument?: string | undefined;
  readonly message: string;
}

/** Thrown for an invalid configuration. Holds all of its problems, not only the first. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    super(problems.map((problem) => formatProblem(file, problem)).join("\n"));
    this.file = file;
    this.problems = problems;
  }
}

/** Returns `zoo.cfg:3: …`, the form of compilers. */
export function formatProblem(file: string, { line, argument, message }: ConfigProblem): string {
  if (argument !== undefined) return `${argument}: ${message}`;
  return line === undefined ? `${file}: ${message}` : `${file}:${line}: ${message}`;
}
