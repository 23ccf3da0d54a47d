import type { EnsembleConfiguration } from "@conclave/server";
import type { AdminAnswers } from "./ask-admin-server.js";
import type { ClientConnection, Metrics, ServerSummary } from "./parse-words.js";
import { type ServerTarget, shownTarget } from "./server-target.js";

/** State of one server at one time, as it reported it. */
export interface MemberReading {
  readonly target: ServerTarget;
  /** Id in the configuration; undefined for a standalone server, or where the server does not report it. */
  readonly id: bigint | undefined;
  /** Role in the configuration. */
  readonly role: "participant" | "observer" | undefined;
  /** Reason why the server gives no answer; undefined if it gives one. */
  readonly failure: string | undefined;
  /** Undefined while the server does not serve, and if it gives no answer. */
  readonly summary: ServerSummary | undefined;
  /** Metrics of `mntr`, or of the AdminServer's `monitor`; empty if neither is permitted. */
  readonly metrics: Metrics;
  /** Settings of `conf`. */
  readonly settings: ReadonlyMap<string, string>;
  /** Text of the configuration in `conf`. */
  readonly membership: string | undefined;
  /** Undefined if `cons` was not asked for, or is not permitted. */
  readonly connections: readonly ClientConnection[] | undefined;
  readonly admin: AdminAnswers | undefined;
  /** Four-letter words that are not in the server's whitelist. */
  readonly refused: readonly string[];
  /** Last transaction at a second reading, of a server that was late at the first one. */
  readonly laterZxid?: bigint | undefined;
}

/** State of all servers of an ensemble at one time. */
export interface EnsembleReading {
  /** Undefined for a standalone server, and if no server reported it. */
  readonly configuration: EnsembleConfiguration | undefined;
  readonly members: readonly MemberReading[];
  /** Time of the reading by the clock of this process, in milliseconds. */
  readonly atMs: number;
}

/** Returns a metric as a number; `undefined` if the server does not report it. */
export function metric({ metrics }: Pick<MemberReading, "metrics">, name: string): number | undefined {
  const value = Number(metrics.get(name) ?? Number.NaN);
  return Number.isNaN(value) ? undefined : value;
}

/** Returns the name of a server for people: its id, or its address. */
export function memberName({ id, target }: Pick<MemberReading, "id" | "target">): string {
  return id === undefined ? shownTarget(target) : `server.${id}`;
}
