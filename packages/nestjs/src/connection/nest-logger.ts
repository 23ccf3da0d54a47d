import type { LogFields, Logger } from "@conclave/runtime";
import { Logger as NestLogger } from "@nestjs/common";

/** Returns a logger that writes to the app's own log, as set by `app.useLogger` or the app's option `logger`. */
export function nestLogger(): Logger {
  const nest = new NestLogger("Conclave");
  return {
    debug: (message, fields) => nest.debug(line(message, fields)),
    info: (message, fields) => nest.log(line(message, fields)),
    warn: (message, fields) => nest.warn(line(message, fields)),
    error: (message, fields) => nest.error(line(message, fields), stackOf(fields?.error)),
  };
}

function line(message: string, fields: LogFields = {}): string {
  const parts = Object.entries(fields).map(([name, value]) =>
    value instanceof Error ? `${name}: ${value.message}` : `${name}: ${String(value)}`,
  );
  return parts.length === 0 ? message : `${message} (${parts.join(", ")})`;
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
