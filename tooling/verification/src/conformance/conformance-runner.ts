import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConformanceSetup } from "./conformance-suite.ts";
import { runScenario, ZxidProbe } from "./run-scenario.ts";
import type { Scenario } from "./scenarios/scenario.ts";

/** Server under test. */
export interface ConformanceServer {
  /** `host:port` */
  readonly connectString: string;
  close(): Promise<void>;
}

/** Files for a server; they are removed when it is closed. */
export interface ConformanceFiles {
  /** Data directory that contains a snapshot. Without it, the server starts empty. */
  readonly dataDir?: string | undefined;
  /** JAAS file with the users of the setup (`java.security.auth.login.config`). */
  readonly jaasFile?: string | undefined;
}

/** Starts a server with these settings. */
export type StartConformanceServer = (setup: ConformanceSetup, files: ConformanceFiles) => Promise<ConformanceServer>;

/** Runs scenarios on one server, one at a time. */
export class ConformanceRunner {
  readonly #server: ConformanceServer;
  readonly #probe: ZxidProbe;
  readonly #folder: string;

  private constructor(server: ConformanceServer, probe: ZxidProbe, folder: string) {
    this.#server = server;
    this.#probe = probe;
    this.#folder = folder;
  }

  static async start(start: StartConformanceServer, setup: ConformanceSetup): Promise<ConformanceRunner> {
    const folder = await mkdtemp(join(tmpdir(), "conclave-conformance-"));
    const server = await start(setup, await filesOf(setup, folder));
    try {
      return new ConformanceRunner(server, await ZxidProbe.connect(server.connectString), folder);
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  run(group: string, scenario: Scenario): Promise<readonly string[]> {
    const server = { address: this.#server.connectString, probe: this.#probe };
    return runScenario(server, `/${group}-${scenario.name}`, scenario);
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
