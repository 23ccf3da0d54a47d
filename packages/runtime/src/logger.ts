/** What a line of log carries besides its message. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where a library's words go. Four methods, so that pino, winston, Nest's logger or `console` adapt in a line. A
 * logger must not throw.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const nothing = (): void => {};

/** The default everywhere: says nothing. */
export const silentLogger: Logger = Object.freeze({ debug: nothing, info: nothing, warn: nothing, error: nothing });
