import { tmpdir } from "node:os";
import { join } from "node:path";

/** Settings of this instance, from its environment. */
export interface Settings {
  /** Connect string of the shared ensemble; `undefined`: start an embedded one for this process alone. */
  readonly servers: string | undefined;
  /** The port of the HTTP endpoint; 0 takes a free one. */
  readonly port: number;
  /** Name of this instance in the election and in the reports. */
  readonly instance: string;
  /** The file that holds the reports of all instances; by default in memory, as an embedded ensemble is. */
  readonly database: string;
  readonly sessionTimeoutMs: number;
  /** Duration of a summary, in milliseconds. */
  readonly summaryMs: number;
}

/** Reads `CONCLAVE_SERVERS`, `PORT`, `INSTANCE`, `REPORTS_DB`, `SESSION_TIMEOUT_MS` and `SUMMARY_MS`; throws on a wrong value. */
export function readSettings(env: NodeJS.ProcessEnv, pid: number): Settings {
  const servers = env.CONCLAVE_SERVERS || undefined;
  // Tokens belong to one ensemble: after an ensemble in memory has ended, its tokens would stay the newest for ever.
  const database = servers === undefined ? ":memory:" : join(tmpdir(), "nest-reports.sqlite");
  return {
    servers,
    port: whole("PORT", env.PORT ?? "3000", 0, 65_535),
    instance: env.INSTANCE || `reports-${pid}`,
    database: env.REPORTS_DB || database,
    sessionTimeoutMs: whole("SESSION_TIMEOUT_MS", env.SESSION_TIMEOUT_MS ?? "10000", 100, 3_600_000),
    summaryMs: whole("SUMMARY_MS", env.SUMMARY_MS ?? "1000", 0, 3_600_000),
  };
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} must be a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`);
}
