import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe } from "vitest";
import { onApacheOnly, sharedApache } from "./apache.ts";
import type { MemberKind } from "./several-servers.ts";

/** An ensemble that serves while the tests and hooks of one suite run. */
export interface EnsembleUnderTest {
  /** `apache` if at least one server is Apache's: then a client may be connected to it. */
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

/**
 * Servers of our ensemble. CI runs all suites on one; `CONCLAVE_TEST_SERVERS=3` runs them on three of ours, `mixed` on two of
 * ours and one of Apache's, `mixed-apache` on one of ours and two of Apache's.
 */
const servers = process.env.CONCLAVE_TEST_SERVERS ?? "1";
const several: Readonly<Record<string, readonly MemberKind[]>> = {
  mixed: ["apache", "conclave", "conclave"],
  "mixed-apache": ["conclave", "apache", "apache"],
};
const kinds = several[servers] ?? Array.from<MemberKind>({ length: Number(servers) }).fill("conclave");
const isMixed = kinds.includes("apache");

const startConclave = async (): Promise<Started> => {
  if (kinds.length > 1) return (await import("./several-servers.ts")).startSeveralServers(kinds);
  const { startEnsemble } = await import("@conclave/server");
  return startEnsemble({ tickTimeMs: 200 });
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
  if (!isMixed) describe(`${name} on Conclave`, () => on("conclave", startConclave));
  else describe(`${name} on Conclave and Apache ZooKeeper`, onApacheOnly(), () => on("apache", startConclave));
  describe(`${name} on Apache ZooKeeper`, onApacheOnly(), () => on("apache", startApache));
};
