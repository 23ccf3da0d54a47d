import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe } from "vitest";
import { onApacheOnly, sharedApache } from "./apache.ts";

/** An ensemble that serves while the tests and hooks of one suite run. */
export interface EnsembleUnderTest {
  readonly kind: "conclave" | "apache";
  /** Returns the connect string of the ensemble. Call it in tests and hooks only. */
  connectString(): string;
  /**
   * A path for this suite alone, such as `/t-1c9e04b7`, which does not exist yet: the suite creates it. Other files use the
   * shared Apache ensemble at the same time.
   */
  readonly root: string;
}

interface Started {
  readonly connectString: string;
  close(): Promise<void>;
}

/** Number of servers of our ensemble. CI runs all suites on one; `CONCLAVE_TEST_SERVERS=3` runs them on a replicated one. */
const servers = Number(process.env.CONCLAVE_TEST_SERVERS ?? 1);

const startConclave = async (): Promise<Started> => {
  const { startEnsemble } = await import("@conclave/server");
  return startEnsemble({ servers, tickTimeMs: 200 });
};

const startApache = async (): Promise<Started> => ({
  connectString: await sharedApache(),
  close: async () => {},
});

/**
 * Describes the same suite twice: `<name> on Conclave` uses a server in this process, and `<name> on Apache ZooKeeper` an
 * ensemble of three that all files share (skipped, with the reason, if it is not available). Both allow session timeouts from 1
 * to 60 seconds.
 */
export const describeOnEachEnsemble = (name: string, suite: (ensemble: EnsembleUnderTest) => void): void => {
  const on = (kind: EnsembleUnderTest["kind"], start: () => Promise<Started>): void => {
    let started: Started | undefined;
    beforeAll(async () => {
      started = await start();
    });
    afterAll(async () => {
      await started?.close();
      started = undefined;
    });
    suite({
      kind,
      root: `/t-${randomUUID().slice(0, 8)}`,
      connectString: () => {
        if (started === undefined) throw new Error("connectString() was called outside of tests and hooks");
        return started.connectString;
      },
    });
  };
  describe(`${name} on Conclave`, () => on("conclave", startConclave));
  describe(`${name} on Apache ZooKeeper`, onApacheOnly(), () => on("apache", startApache));
};
