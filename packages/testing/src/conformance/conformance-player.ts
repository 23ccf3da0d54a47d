import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConformanceSetup } from "./conformance-suite.js";
import { playScenario, ZxidProbe } from "./play-scenario.js";
import type { Scenario } from "./scenario.js";

/** A server that scenarios are played on. */
export interface ConformanceServer {
  /** `host:port` */
  readonly connectString: string;
  close(): Promise<void>;
}

/**
 * Starts a server that is set up as it is told: with the data in `dataDir`, which is removed after `close()`, or where there
 * is none, without data.
 */
export type StartConformanceServer = (
  setup: ConformanceSetup,
  dataDir: string | undefined,
) => Promise<ConformanceServer>;

/** A server with scenarios being played on it, one at a time. */
export class ConformancePlayer {
  readonly #server: ConformanceServer;
  readonly #probe: ZxidProbe;
  readonly #dataDir: string | undefined;

  private constructor(server: ConformanceServer, probe: ZxidProbe, dataDir: string | undefined) {
    this.#server = server;
    this.#probe = probe;
    this.#dataDir = dataDir;
  }

  static async start(start: StartConformanceServer, setup: ConformanceSetup): Promise<ConformancePlayer> {
    const dataDir = setup.snapshot === undefined ? undefined : await dataDirWith(setup.snapshot);
    const server = await start(setup, dataDir);
    try {
      return new ConformancePlayer(server, await ZxidProbe.connect(server.connectString), dataDir);
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
    if (this.#dataDir !== undefined) await rm(this.#dataDir, { recursive: true, force: true });
  }
}

async function dataDirWith(snapshot: Uint8Array): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), "conclave-conformance-"));
  await mkdir(join(dataDir, "version-2"));
  await writeFile(join(dataDir, "version-2", "snapshot.0"), snapshot);
  return dataDir;
}
