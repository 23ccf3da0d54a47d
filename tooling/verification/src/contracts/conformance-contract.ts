import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConformancePlayer, type StartConformanceServer } from "../conformance/conformance-player.ts";
import { CONFORMANCE_SETUPS, type ConformanceSetup } from "../conformance/conformance-suite.ts";
import { type KnownDeviation, withDeviations } from "../conformance/known-deviation.ts";
import { type Recording, readRecording, recordingsFolder } from "../conformance/recording.ts";

/** What the conformance suite runs on. */
export interface ConformanceHarness {
  /** Starts a server as it is told. Called once for each setup. */
  readonly start: StartConformanceServer;
  /**
   * In what the server is meant to differ from the recording.
   * @default []
   */
  readonly deviations?: readonly KnownDeviation[] | undefined;
  /**
   * Whether the header of an event has the zxid of its transaction (since ZooKeeper 3.9) where the recording has -1.
   * @default false
   */
  readonly eventsHaveZxid?: boolean | undefined;
  /**
   * Why the server cannot be compared with this recording, such as `Apache ZooKeeper 3.8.0`; `undefined` where it can.
   * The tests are skipped with that reason.
   */
  skipReason?(recorded: string): string | undefined;
  /** @default the folder of this package's own recordings, of Apache ZooKeeper */
  readonly recordings?: string | undefined;
}

/**
 * Declares the tests that a server answers as the recorded one did, to the byte, apart from times and ids: a test for each
 * scenario.
 */
export function runConformance(harness: ConformanceHarness): void {
  for (const setup of CONFORMANCE_SETUPS) describe(setup.name, () => playsAsRecorded(harness, setup));
}

function playsAsRecorded(harness: ConformanceHarness, setup: ConformanceSetup): void {
  const { deviations = [], recordings = recordingsFolder() } = harness;
  let player: ConformancePlayer | undefined;
  beforeAll(async () => {
    player = await ConformancePlayer.start(harness.start, setup);
  });
  afterAll(async () => {
    await player?.close();
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
        if (recorded === undefined) throw new Error(`there is no recording of this scenario: record the suite again`);
        const here = deviations.filter(({ scenario: of }) => of === `${group} ${name}`);
        const played = await player!.play(group, scenario);
        const heard = harness.eventsHaveZxid === true ? played.map(asBeforeEventsHadZxids) : played;
        expect(heard).toEqual(withDeviations(recorded, here));
      });
      it("has no recording of what is not played", () => {
        expect([...recording!.transcripts.keys()]).toEqual(scenarios.map(({ name }) => name));
      });
    });
  }
}

/** An event that has a zxid: only then is it what the recorded one, with none, stands for. */
const asBeforeEventsHadZxids = (line: string): string => line.replace(/^(\w < event) \+\d+ /, "$1 -1 ");
