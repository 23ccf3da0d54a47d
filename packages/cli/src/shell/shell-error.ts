/** Thrown for a command line that cannot be run: the message says what to do. */
export class ShellError extends Error {
  override readonly name = "ShellError";
}
