import { type Availability, type Curator, prepareCurator } from "@conclave/services";
import type { TestOptions } from "vitest";

let prepared: Promise<Availability<Curator>> | undefined;

/** Calls `prepareCurator` once in this process. Prints on standard error which packages are being installed. */
export const curatorOnce = (): Promise<Availability<Curator>> => {
  prepared ??= prepareCurator({ progress: (step) => console.error(`… ${step}`) });
  return prepared;
};

/**
 * Resolves with options that skip a suite, and count the reason at the end of the run, if Apache Curator is neither installed
 * nor installable. Rejects with the reason instead if `CONCLAVE_REQUIRE_SERVICES` is 1.
 */
export const onCuratorOnly = async (): Promise<Pick<TestOptions, "skip" | "meta">> => {
  const found = await curatorOnce();
  if (found.available) return {};
  if (process.env.CONCLAVE_REQUIRE_SERVICES === "1") {
    throw new Error(`CONCLAVE_REQUIRE_SERVICES is 1, but Apache Curator is not available: ${found.reason}`);
  }
  return { skip: true, meta: { skippedBecause: `no Apache Curator: ${found.reason}` } as object };
};
