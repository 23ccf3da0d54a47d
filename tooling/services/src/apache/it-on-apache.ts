/** Apache tests of this package. They cannot use `@conclave/vitest`, which depends on this package. */
import { it } from "vitest";
import { type Apache, prepareApache } from "./apache.ts";

const found = await prepareApache();

/** Declares a test on Apache ZooKeeper; without one the test is skipped, and its reason is counted. */
export const itOnApache = (name: string, test: (apache: Apache) => Promise<void>): void => {
  if (found.available) it(name, () => test(found));
  else it(name, { skip: true, meta: { skippedBecause: `no Apache ZooKeeper: ${found.reason}` } as object }, () => {});
};
