import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConformanceSetup } from "./conformance-suite.ts";
import { playScenario, ZxidProbe } from "./play-scenario.ts";
import type { Scenario } from "./scenario.ts";

/** A server that scenarios are played on. */
export interface ConformanceServer {
  /** `host:port` */
  readonly connectString: string;
  close(): Promise<void>;
}

/** What a server needs on the disk. It is removed when the server is closed. */
export interface ConformanceFiles {
  /** Where the server keeps its data, with a snapshot in it. Without it, it begins without data. */
  readonly dataDir?: string | undefined;
  /** The users of the setup as Java reads them (`java.security.auth.login.config`). */
  readonly jaasFile?: string | undefined;
}

/** Starts a server that is set up as it is told. */
export type StartConformanceServer = (setup: ConformanceSetup, files: ConformanceFiles) => Promise<ConformanceServer>;

/** A server with scenarios being played on it, one at a time. */
export class ConformancePlayer {
  readonly #server: ConformanceServer;
  readonly #probe: ZxidProbe;
  readonly #folder: string;

  private constructor(server: ConformanceServer, probe: ZxidProbe, folder: string) {
    this.#server = server;
    this.#probe = probe;
    this.#folder = folder;
  }

  static async start(start: StartConformanceServer, setup: ConformanceSetup): Promise<ConformancePlayer> {
    const folder = await mkdtemp(join(tmpdir(), "conclave-conformance-"));
    const server = await start(setup, await filesOf(setup, folder));
    try {
      return new ConformancePlayer(server, await ZxidProbe.connect(server.connectString), folder);
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
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function filesOf({ snapshot, jaas }: ConformanceSetup, folder: string): Promise<ConformanceFiles> {
  const [dataDir, jaasFile] = [join(folder, "data"), join(folder, "jaas.conf")];
  if (snapshot !== undefined) {
    await mkdir(join(dataDir, "version-2"), { recursive: true });
    await writeFile(join(dataDir, "version-2", "snapshot.0"), snapshot);
  }
  if (jaas !== undefined) await writeFile(jaasFile, jaas);
  return {
    dataDir: snapshot === undefined ? undefined : dataDir,
    jaasFile: jaas === undefined ? undefined : jaasFile,
  };
}
