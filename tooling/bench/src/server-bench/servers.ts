import { type Apache, freePorts, startApacheStandalone } from "@conclave/services";
import { ConclaveCommand } from "./conclave-command.ts";
import { firstAnswer } from "./first-answer.ts";
import type { JobTarget } from "./load/job.ts";
import type { ServerName } from "./server-name.ts";
import { ZOO_CFG } from "./zoo-cfg.ts";

/** A running server with the settings {@link ZOO_CFG} and an empty data directory. */
export interface BenchServer extends JobTarget {
  readonly serverName: ServerName;
  /** Time from before zoo.cfg was written until the first handshake was answered. */
  readonly firstAnswerMs: number;
  close(): Promise<void>;
}

/** Starts a server; rejects with its output if it does not serve. */
export type StartServer = () => Promise<BenchServer>;

const START_LIMIT_MS = 30_000;

/**
 * Java arguments as zkServer.sh sets them: a heap of 1000 MB and Java's defaults, instead of the small and quick settings of
 * our tests.
 */
export const JVM_ARGS = [
  "-Xmx1000m",
  "-XX:TieredStopAtLevel=4",
  "-XX:-UseSerialGC",
  "-XX:+UseG1GC",
  "-XX:+UsePerfData",
];

export interface StartConclaveOptions {
  /** Additional arguments of Node.js, such as `--cpu-prof`. */
  readonly nodeArgs?: readonly string[];
  /** Folder of another checkout, which is built; its server is called "other". @default this checkout */
  readonly checkout?: string;
}

/** Starts our server, of this checkout or another one. */
export async function startConclave({ nodeArgs = [], checkout }: StartConclaveOptions = {}): Promise<BenchServer> {
  const port = await freePort();
  const startedAt = performance.now();
  const command = await ConclaveCommand.start(port, nodeArgs, checkout);
  try {
    const ended = command.ended.then((how) => Promise.reject(new Error(how)));
    await Promise.race([firstAnswer(port, AbortSignal.timeout(START_LIMIT_MS)), ended]);
  } catch (error) {
    await command.close();
    throw error;
  }
  const firstAnswerMs = performance.now() - startedAt;
  const serverName = checkout === undefined ? "conclave" : "other";
  return { serverName, port, pid: command.pid, firstAnswerMs, close: () => command.close() };
}

export async function startApache(apache: Apache): Promise<BenchServer> {
  const clientPort = await freePort();
  const startedAt = performance.now();
  const [server, firstAnswerMs] = await Promise.all([
    startApacheStandalone({ apache, clientPort, config: ZOO_CFG, jvmArgs: JVM_ARGS, startTimeoutMs: START_LIMIT_MS }),
    firstAnswer(clientPort, AbortSignal.timeout(START_LIMIT_MS)).then(() => performance.now() - startedAt),
  ]);
  return {
    serverName: "apache",
    port: clientPort,
    pid: server.pid!,
    firstAnswerMs,
    close: () => server.close(),
  };
}

async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port!;
}
