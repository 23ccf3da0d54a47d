import type { Acl } from "@conclave/client";
import { type Clock, type Logger, type Random, silentLogger, systemClock, systemRandom } from "@conclave/runtime";
import { checkedElectionPath, electionPath } from "./election-layout.js";

/** Which election: by `name`, below `/conclave/elections`, or by the `path` of its znode. */
export type ElectionPlace =
  | { readonly name: string; readonly path?: undefined }
  | { readonly path: string; readonly name?: undefined };

/** How a {@link LeaderElection} is made. */
export type LeaderElectionOptions = ElectionPlace & {
  /**
   * What this participant is called by others. It need not be unique.
   * @default `participant-` and eight hexadecimal digits by chance
   */
  readonly id?: string | undefined;
  /**
   * What happens to a leadership when the connection is lost and the session may live on. `revoke`: its signal aborts
   * at once. `keep`: it goes on, at most until the session expires by our own clock, and is verified on reconnection.
   * @default "revoke"
   */
  readonly onSuspended?: "revoke" | "keep" | undefined;
  /**
   * The ACL of the znodes that it makes.
   * @default OPEN_ACL_UNSAFE
   */
  readonly acl?: readonly Acl[] | undefined;
  /** @default silentLogger */
  readonly logger?: Logger | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** @default systemRandom */
  readonly random?: Random | undefined;
};

/** Options with nothing left open. */
export interface ResolvedElectionOptions {
  readonly election: string;
  readonly path: string;
  readonly id: string;
  readonly onSuspended: "revoke" | "keep";
  readonly acl: readonly Acl[] | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/** Checks options and fills in the defaults. Throws a `TypeError` that says which one is wrong. */
export function resolveElectionOptions(options: LeaderElectionOptions): ResolvedElectionOptions {
  const { onSuspended = "revoke", logger = silentLogger, clock = systemClock, random = systemRandom } = options;
  if ((options.name === undefined) === (options.path === undefined)) {
    throw new TypeError("an election has either a name or a path");
  }
  if (onSuspended !== "revoke" && onSuspended !== "keep") {
    throw new TypeError(`onSuspended is "revoke" or "keep", not ${JSON.stringify(onSuspended)}`);
  }
  const path = options.path === undefined ? electionPath(options.name) : checkedElectionPath(options.path);
  const id = options.id ?? `participant-${Array.from(random.bytes(4), hexByte).join("")}`;
  return Object.freeze({
    election: options.name ?? path,
    path,
    id,
    onSuspended,
    acl: options.acl && [...options.acl],
    logger,
    clock,
    random,
  });
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
