import type { LogFields, Logger } from "@conclave/runtime";
import { shownLines, shownText } from "@conclave/runtime";
import { destination, type Logger as Pino, pino, stdSerializers } from "pino";

/** Log levels, from the most to the fewest lines. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Standard output, or standard error. */
export interface LogStream {
  readonly fd: number;
  readonly isTTY?: boolean;
}

/**
 * Creates a logger to a standard stream: formatted lines on a terminal, otherwise one JSON object per line. Lines are written
 * synchronously, so that none is lost when the process ends.
 */
export async function createLogger(level: LogLevel, { fd, isTTY }: LogStream): Promise<Logger> {
  if (isTTY === true)
    return fromPino(pino({ level, serializers: { err: escapedError } }, await forPeople(fd)), shownText);
  const output = destination({ fd, sync: true });
  return fromPino(pino({ level }, { write: (line) => output.write(`${shownText(line.trimEnd())}\n`) }), (text) => text);
}

/** Escapes an error, which pino-pretty prints without escaping. */
function escapedError(error: Error): unknown {
  const shown = stdSerializers.err(error);
  return { ...shown, message: shownLines(shown.message), stack: shownLines(shown.stack) };
}

/** Loads the formatter for a terminal only: without it the command starts faster. */
async function forPeople(fd: number) {
  const { build } = await import("pino-pretty");
  return build({ sync: true, destination: fd, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" });
}

/** `show` escapes texts for the output. */
function fromPino(log: Pino, show: (text: string) => string): Logger {
  const say =
    (level: "debug" | "info" | "warn" | "error") =>
    (message: string, fields?: LogFields): void =>
      log[level](readable(fields, show), show(message));
  return { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
}

/** Formats 64-bit integers as ZooKeeper's tools do, since JSON has none. Moves an error to `err`, the name that pino formats. */
function readable(fields: LogFields = {}, show: (text: string) => string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      if (typeof value === "bigint") return [key, `0x${BigInt.asUintN(64, value).toString(16)}`];
      if (typeof value === "string") return [key, show(value)];
      return value instanceof Error ? ["err", value] : [key, value];
    }),
  );
}
