import { ConformanceRunner, type StartConformanceServer } from "./conformance-runner.ts";
import { CONFORMANCE_SETUPS } from "./conformance-suite.ts";
import { type Recording, recordingsFolder, writeRecording } from "./recording.ts";

/** Options of {@link recordConformance}. */
export interface RecordConformanceOptions {
  readonly start: StartConformanceServer;
  /** Name of the server in the recording: `Apache ZooKeeper 3.8.0`. */
  readonly server: string;
  /** @default the recordings of this package */
  readonly folder?: string | undefined;
}

/**
 * Runs all scenarios of the conformance suite and writes their transcripts, one file for each group. Returns the number of
 * requests.
 */
export async function recordConformance(options: RecordConformanceOptions): Promise<number> {
  const { start, server, folder = recordingsFolder() } = options;
  let requests = 0;
  for (const setup of CONFORMANCE_SETUPS) {
    const runner = await ConformanceRunner.start(start, setup);
    try {
      for (const { name, scenarios } of setup.groups) {
        const transcripts = new Map<string, readonly string[]>();
        for (const scenario of scenarios) transcripts.set(scenario.name, await runner.run(name, scenario));
        requests += countRequests({ server, transcripts });
        await writeRecording(folder, name, { server, transcripts });
      }
    } finally {
      await runner.close();
    }
  }
  return requests;
}

/** Returns the number of requests in a recording. */
export function countRequests({ transcripts }: Recording): number {
  return [...transcripts.values()].flat().filter((line) => /^\w > /.test(line)).length;
}
