/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** Counted from 1; `undefined` for what is missing. */
  readonly line?: number | undefined;
  /** The `-Dname=value` that it is about, if it is about one. */
  readonly argument?: string | undefined;
  readonly message: string;
}

/** A configuration that no server can be started from. Holds everything that is wrong with it, not only the first. */
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

/** `zoo.cfg:3: …`, as compilers say it. */
export function formatProblem(file: string, { line, argument, message }: ConfigProblem): string {
  if (argument !== undefined) return `${argument}: ${message}`;
  return line === undefined ? `${file}: ${message}` : `${file}:${line}: ${message}`;
}
