import { CONFORMANCE_SETUPS, type ConformanceSetup } from "./conformance-suite.js";
import { playScenario, ZxidProbe } from "./play-scenario.js";
import { type Recording, recordingsFolder, writeRecording } from "./recording.js";
import type { Scenario } from "./scenario.js";

/** A server that scenarios are played on. */
export interface ConformanceServer {
  /** `host:port` */
  readonly connectString: string;
  close(): Promise<void>;
}

/** Starts a server without data that is set up as it is told. */
export type StartConformanceServer = (setup: ConformanceSetup) => Promise<ConformanceServer>;

/** A server with scenarios being played on it, one at a time. */
export class ConformancePlayer {
  readonly #server: ConformanceServer;
  readonly #probe: ZxidProbe;

  private constructor(server: ConformanceServer, probe: ZxidProbe) {
    this.#server = server;
    this.#probe = probe;
  }

  static async start(start: StartConformanceServer, setup: ConformanceSetup): Promise<ConformancePlayer> {
    const server = await start(setup);
    try {
      return new ConformancePlayer(server, await ZxidProbe.connect(server.connectString));
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  play(group: string, scenario: Scenario): Promise<readonly string[]> {
    const server = { address: this.#server.connectString, probe: this.#probe };
    return playScenario(server, `/${group}-${scenario.name}`, scenario);
  }

  async close(): Promise<void> {
    this.#probe.close();
    await this.#server.close();
  }
}

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
