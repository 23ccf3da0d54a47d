/** Fields of a log line, in addition to its message. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Receives the log lines of a library. It has four methods, so that pino, winston, Nest's logger or `console` can be
 * adapted in one line. A logger must not throw.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const nothing = (): void => {};

/** Discards all log lines; the default everywhere. */
export const silentLogger: Logger = Object.freeze({ debug: nothing, info: nothing, warn: nothing, error: nothing });
