/** For this package's own tests, which `@conclave/vitest` depends on and so cannot serve. */
import { it } from "vitest";
import { type Apache, prepareApache } from "./apache.ts";

const found = await prepareApache();

/** A test that is skipped, and counted with its reason, where there is no Apache ZooKeeper. */
export const itOnApache = (name: string, test: (apache: Apache) => Promise<void>): void => {
  if (found.available) it(name, () => test(found));
  else it(name, { skip: true, meta: { skippedBecause: `no Apache ZooKeeper: ${found.reason}` } as object }, () => {});
};
