import { ConformancePlayer, type StartConformanceServer } from "./conformance-player.ts";
import { CONFORMANCE_SETUPS } from "./conformance-suite.ts";
import { type Recording, recordingsFolder, writeRecording } from "./recording.ts";

/** Whose answers to record, and where. */
export interface RecordConformanceOptions {
  readonly start: StartConformanceServer;
  /** What to call the server: `Apache ZooKeeper 3.8.0`. */
  readonly server: string;
  /** @default the folder of this package's own recordings */
  readonly folder?: string | undefined;
}

/**
 * Plays all scenarios of the conformance suite and writes what the server did, one file for each group. Returns how many
 * requests were sent.
 */
export async function recordConformance(options: RecordConformanceOptions): Promise<number> {
  const { start, server, folder = recordingsFolder() } = options;
  let requests = 0;
  for (const setup of CONFORMANCE_SETUPS) {
    const player = await ConformancePlayer.start(start, setup);
    try {
      for (const { name, scenarios } of setup.groups) {
        const transcripts = new Map<string, readonly string[]>();
        for (const scenario of scenarios) transcripts.set(scenario.name, await player.play(name, scenario));
        requests += countRequests({ server, transcripts });
        await writeRecording(folder, name, { server, transcripts });
      }
    } finally {
      await player.close();
    }
  }
  return requests;
}

/** How much was sent in a recording. */
export function countRequests({ transcripts }: Recording): number {
  return [...transcripts.values()].flat().filter((line) => /^\w > /.test(line)).length;
}
