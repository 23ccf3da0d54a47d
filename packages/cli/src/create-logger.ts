import type { LogFields, Logger } from "@conclave/runtime";
import { destination, type Logger as Pino, pino, stdSerializers } from "pino";
import { escaped, escapedLines } from "./escaped.js";

/** How much is said, from most to least. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * A logger to standard output: lines for people if that is a terminal, otherwise one JSON object per line. Lines are
 * written at once, so that the last ones are not lost when the process ends.
 */
export async function createLogger(level: LogLevel, isTerminal: boolean): Promise<Logger> {
  if (isTerminal) return fromPino(pino({ level, serializers: { err: escapedError } }, await forPeople()), escaped);
  const output = destination({ fd: 1, sync: true });
  return fromPino(pino({ level }, { write: (line) => output.write(`${escaped(line.trimEnd())}\n`) }), (text) => text);
}

/** A stack is printed as it is. */
function escapedError(error: Error): unknown {
  const shown = stdSerializers.err(error);
  return { ...shown, message: escapedLines(shown.message), stack: escapedLines(shown.stack) };
}

/** Loaded for a terminal only: elsewhere the command starts faster without it. */
async function forPeople() {
  const { build } = await import("pino-pretty");
  return build({ sync: true, destination: 1, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" });
}

/** `show` makes texts fit for where they are written. */
function fromPino(log: Pino, show: (text: string) => string): Logger {
  const say =
    (level: "debug" | "info" | "warn" | "error") =>
    (message: string, fields?: LogFields): void =>
      log[level](readable(fields, show), show(message));
  return { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
}

/** JSON has no 64-bit integers: they are written as ZooKeeper's own tools do. An error is under the name that pino knows. */
function readable(fields: LogFields = {}, show: (text: string) => string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      if (typeof value === "bigint") return [key, `0x${BigInt.asUintN(64, value).toString(16)}`];
      if (typeof value === "string") return [key, show(value)];
      return value instanceof Error ? ["err", value] : [key, value];
    }),
  );
}
