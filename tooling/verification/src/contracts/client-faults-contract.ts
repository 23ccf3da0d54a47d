import type { ConnectOptions, ZooKeeper } from "@conclave/client";
import type { FaultTarget } from "@conclave/testing";
import { describe, expect, it } from "vitest";
import { type ClientFaultsReport, runClientFaults } from "../client-faults/run-client-faults.ts";

/** What the fault suite runs on. */
export interface ClientFaultsHarness {
  /** Starts a server for this suite alone. */
  start(): Promise<FaultTarget>;
  /** See `runClientFaults`. @default 3 */
  readonly rounds?: number | undefined;
  /** See `runClientFaults`. @default 2 */
  readonly restartEvery?: number | undefined;
  /**
   * Connects a client.
   * @default `connect` of @conclave/client
   */
  connect?(connectString: string, options?: ConnectOptions): Promise<ZooKeeper>;
  /** Told what was played. */
  onReport?(report: ClientFaultsReport): void;
}

/** More than any machine needs for a round. */
const ROUND_MS = 180_000;
const OPERATIONS_PER_ROUND = 2_000;

/** Declares the test that a client goes through faults without a word that is not true: see `runClientFaults`. */
export function runClientFaultsContract(harness: ClientFaultsHarness): void {
  const { rounds = 3, restartEvery } = harness;
  describe("client faults", () => {
    it(
      "leave each operation settled once, each outcome true, and no watch in the dark",
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
