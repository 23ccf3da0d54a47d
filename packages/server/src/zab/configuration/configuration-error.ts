/** Error of a configuration of an ensemble. The message names the line and gives the remedy. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  /** Number of the line in the text, from 1 on; undefined if the error concerns the whole configuration. */
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}
