import type { TestOptions } from "vitest";
import { curatorOnce } from "./curator-once.ts";

/**
 * What makes a suite skipped, with its reason counted at the end of the run, where there is no Apache Curator; it is installed
 * first where that can be done. Throws the reason where services are required.
 */
export const onCuratorOnly = async (): Promise<Pick<TestOptions, "skip" | "meta">> => {
  const found = await curatorOnce();
  if (found.available) return {};
  if (process.env.CONCLAVE_REQUIRE_SERVICES === "1") {
    throw new Error(`CONCLAVE_REQUIRE_SERVICES is 1, but Apache Curator cannot be had: ${found.reason}`);
  }
  return { skip: true, meta: { skippedBecause: `no Apache Curator: ${found.reason}` } as object };
};
