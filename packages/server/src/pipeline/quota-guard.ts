import type { Logger } from "@conclave/runtime";
import type { Quota, QuotaTable } from "../tree/quota-table.js";

/** A complaint about a soft or hard limit is logged at most so often. */
const LOG_INTERVAL_MS = 1000;

export interface QuotaGuardOptions {
  readonly quotas: QuotaTable;
  readonly logger: Logger;
  readonly now: () => number;
}

/**
 * Holds writes to the quotas where the server enforces them (`enforceQuota`; ZooKeeperServer.checkQuota): a hard limit
 * refuses, a soft one is only logged. Where a limit of both kinds is set, the hard one counts. Usage is that of the
 * applied tree: writes that are on their way together may go beyond a limit.
 */
export class QuotaGuard {
  readonly #options: QuotaGuardOptions;
  #loggedAt = Number.NEGATIVE_INFINITY;
  /** Number of refused writes. */
  refused = 0;

  constructor(options: QuotaGuardOptions) {
    this.#options = options;
  }

  /** Returns true if a quota forbids a growth by this number of bytes or znodes at a path. */
  refuses(path: string, bytes: number, count: number): boolean {
    const quota = this.#options.quotas.nearest(path);
    if (quota === undefined) return false;
    const { limits, used } = quota;
    const refused =
      this.#exceeds(quota, "count", count, used.count, limits.count, limits.countHardLimit) ||
      this.#exceeds(quota, "bytes", bytes, used.bytes, limits.bytes, limits.byteHardLimit);
    if (refused) this.refused++;
    return refused;
  }

  #exceeds(quota: Quota, what: string, growth: number, used: number, soft: number, hard: number): boolean {
    const isHard = hard > -1;
    const limit = isHard ? hard : soft;
    if (growth === 0 || limit <= -1 || used + growth <= limit) return false;
    this.#log(quota, `${what} ${used + growth}, ${isHard ? "hard" : "soft"} limit ${limit}`);
    return isHard;
  }

  #log(quota: Quota, reason: string): void {
    const { logger, now } = this.#options;
    if (now() - this.#loggedAt < LOG_INTERVAL_MS) return;
    this.#loggedAt = now();
    logger.warn("quota exceeded", { path: quota.path, reason });
  }
}
