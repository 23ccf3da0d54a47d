import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConformanceRunner, type StartConformanceServer } from "../conformance/conformance-runner.ts";
import { CONFORMANCE_SETUPS, type ConformanceSetup } from "../conformance/conformance-suite.ts";
import { type KnownDeviation, withDeviations } from "../conformance/known-deviation.ts";
import { type Recording, readRecording, recordingsFolder } from "../conformance/recording.ts";

/** Options of {@link runConformance}. */
export interface ConformanceHarness {
  /** Starts a server with the given settings. Called once for each setup. */
  readonly start: StartConformanceServer;
  /**
   * Intended differences from the recording.
   * @default []
   */
  readonly deviations?: readonly KnownDeviation[] | undefined;
  /**
   * True if the header of an event has the zxid of its transaction (since ZooKeeper 3.9), where the recording has -1.
   * @default false
   */
  readonly eventsHaveZxid?: boolean | undefined;
  /**
   * Returns the reason to skip the tests if the server cannot be compared with this recording (`Apache ZooKeeper 3.8.0`), else
   * undefined.
   */
  skipReason?(recorded: string): string | undefined;
  /** @default the recordings of Apache ZooKeeper in this package */
  readonly recordings?: string | undefined;
}

/**
 * Declares one test for each scenario: the server must answer byte for byte as recorded, except for times and ids.
 */
export function runConformance(harness: ConformanceHarness): void {
  for (const setup of CONFORMANCE_SETUPS) describe(setup.name, () => answersAsRecorded(harness, setup));
}

function answersAsRecorded(harness: ConformanceHarness, setup: ConformanceSetup): void {
  const { deviations = [], recordings = recordingsFolder() } = harness;
  let runner: ConformanceRunner | undefined;
  beforeAll(async () => {
    runner = await ConformanceRunner.start(harness.start, setup);
  });
  afterAll(async () => {
    await runner?.close();
  });
  for (const { name: group, scenarios } of setup.groups) {
    describe(group, () => {
      let recording: Recording | undefined;
      beforeAll(async () => {
        recording = await readRecording(recordings, group);
      });
      it.for(scenarios)("$name", async (scenario, { skip }) => {
        const reason = harness.skipReason?.(recording!.server);
        if (reason !== undefined) skip(reason);
        const { name } = scenario;
        const recorded = recording!.transcripts.get(name);
        if (recorded === undefined) throw new Error(`this scenario has no recording: record the suite again`);
        const here = deviations.filter(({ scenario: of }) => of === `${group} ${name}`);
        const transcript = await runner!.run(group, scenario);
        const comparable = harness.eventsHaveZxid === true ? transcript.map(withoutEventZxid) : transcript;
        expect(comparable).toEqual(withDeviations(recorded, here));
      });
      it("has no recording without a scenario", () => {
        expect([...recording!.transcripts.keys()]).toEqual(scenarios.map(({ name }) => name));
      });
    });
  }
}

/** Replaces the zxid of an event by -1, as in the recording. */
const withoutEventZxid = (line: string): string => line.replace(/^(\w < event) \+\d+ /, "$1 -1 ");
