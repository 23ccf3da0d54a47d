import type { ConnectOptions, ZooKeeper } from "@conclave/client";
import type { TestServer } from "@conclave/testing";
import { describe, expect, it } from "vitest";
import { type ClientFaultsReport, runClientFaults } from "../client-faults/run-client-faults.ts";

/** Options of {@link runClientFaultsContract}. */
export interface ClientFaultsHarness {
  /** Starts a server that only this suite uses. */
  start(): Promise<TestServer>;
  /** See `runClientFaults`. With an even number, half of them have a restart. @default 2 */
  readonly rounds?: number | undefined;
  /** See `runClientFaults`. @default 2 */
  readonly restartEvery?: number | undefined;
  /**
   * Connects a client.
   * @default `connect` of @conclave/client
   */
  connect?(connectString: string, options?: ConnectOptions): Promise<ZooKeeper>;
  /** Called with the totals of the run. */
  onReport?(report: ClientFaultsReport): void;
}

/** Time limit of a round, in milliseconds; only a hang reaches it. */
const ROUND_MS = 180_000;
const OPERATIONS_PER_ROUND = 2_000;

/** Declares the test that all results of a client under faults are true: see `runClientFaults`. */
export function runClientFaultsContract(harness: ClientFaultsHarness): void {
  const { rounds = 2, restartEvery } = harness;
  describe("client faults", () => {
    it(
      "each operation settles once with a true outcome, and each watch fires",
      async () => {
        await using target = await harness.start();
        const { connect } = harness;
        const report = await runClientFaults({ target, rounds, restartEvery, connect });
        harness.onReport?.(report);
        expect(report.operations).toBeGreaterThanOrEqual(report.rounds * OPERATIONS_PER_ROUND);
        expect(report.expiries).toBeGreaterThan(0);
      },
      rounds * ROUND_MS,
    );
  });
}
