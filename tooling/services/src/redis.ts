import { randomUUID } from "node:crypto";
import { createConnection } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { aptInstall } from "./install/apt.ts";
import { type Availability, orThrow, type PrepareOptions } from "./install/availability.ts";
import { dockerEngine } from "./install/docker.ts";
import { freePorts } from "./process/free-ports.ts";
import { HANG_MS } from "./process/hang.ts";
import { runCommand } from "./process/run-command.ts";
import { ServiceProcess } from "./process/service-process.ts";
import { removeFolder, temporaryFolder } from "./process/temporary-folder.ts";
import { watchdog } from "./process/watchdog.ts";

/** The way to run Redis on this machine: as a program, or in a container. */
export interface RedisProgram {
  readonly by: "redis-server" | "docker";
  readonly version: string;
}

const dockerImage = "redis:7";

/** Finds `redis-server` on `PATH`. Installs nothing. */
export const findRedis = async (): Promise<Availability<RedisProgram>> => {
  const { code, output } = await runCommand("redis-server", ["--version"]);
  if (code !== 0) return { available: false, reason: "found no redis-server on PATH" };
  return { available: true, by: "redis-server", version: /v=([\d.]+)/.exec(output)?.[1] ?? "unknown" };
};

/** Finds Redis, or installs it with apt on Debian and Ubuntu as root; otherwise uses a Docker engine. Never rejects. */
export const prepareRedis = async (options: PrepareOptions = {}): Promise<Availability<RedisProgram>> => {
  const found = await findRedis();
  if (found.available) return found;
  const installed = await aptInstall(["redis-server"], options.progress);
  if (installed.available) return findRedis();
  const engine = await dockerEngine();
  if (engine.available) return { available: true, by: "docker", version: dockerImage };
  return { available: false, reason: [found.reason, installed.reason, engine.reason].join("; ") };
};

/** A running Redis. */
export interface Redis extends AsyncDisposable {
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Kills the server and starts it again on the same port. Only a durable one keeps its data. Resolves when it answers. */
  restart(): Promise<void>;
  /** Stops the server and removes its data. May be called more than once. */
  close(): Promise<void>;
}

/** Options of {@link startRedis}. */
export interface RedisOptions {
  /** @default the result of {@link prepareRedis} */
  readonly redis?: RedisProgram;
  /** Keep every acknowledged write over a restart. @default false */
  readonly durable?: boolean;
}

const answersPing = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once("connect", () => socket.write("PING\r\n"));
    socket.once("data", (data) => {
      resolve(data.toString("latin1").startsWith("+PONG"));
      socket.destroy();
    });
    socket.on("error", () => {});
    socket.once("close", () => resolve(false));
  });

interface Launch {
  readonly program: RedisProgram;
  readonly port: number;
  readonly folder: string;
  readonly durable: boolean;
}

const launch = async ({ program, port, folder, durable }: Launch): Promise<ServiceProcess> => {
  const log = durable ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
  const settings = ["--save", "", ...log];
  if (program.by === "redis-server") {
    const args = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, ...settings];
    return ServiceProcess.start({ command: "redis-server", args });
  }
  const name = `conclave-services-${randomUUID()}`;
  watchdog.container(name);
  const volume = durable ? ["--volume", `${folder}:/data`] : [];
  const run = ["run", "--rm", "--init", "--name", name, "--publish", `127.0.0.1:${port}:6379`, ...volume];
  return ServiceProcess.start({ command: "docker", args: [...run, dockerImage, "redis-server", ...settings] });
};

const launchUntilReady = async (options: Launch): Promise<ServiceProcess> => {
  const server = await launch(options);
  // Docker may have to download the image first.
  const deadline = performance.now() + (options.program.by === "docker" ? 300_000 : HANG_MS);
  while (!(await answersPing(options.port))) {
    if (server.end !== undefined || performance.now() > deadline) {
      await server.stop();
      throw new Error(`Redis did not start (${server.end ?? "no answer"}). Its last output:\n${server.output}`);
    }
    await delay(25);
  }
  return server;
};

/** Starts Redis on a free loopback port. Resolves when it answers; rejects with its output if it does not. */
export const startRedis = async ({ redis, durable = false }: RedisOptions = {}): Promise<Redis> => {
  const program = redis ?? orThrow(await prepareRedis());
  const folder = await temporaryFolder("redis");
  const port = (await freePorts(1))[0]!;
  const start = (): Promise<ServiceProcess> =>
    launchUntilReady({ program, port, folder, durable }).catch(async (error: unknown) => {
      await removeFolder(folder);
      throw error;
    });
  let server = await start();
  const restart = async (): Promise<void> => {
    // Killing the client of Docker would leave the container running.
    await (program.by === "docker" ? server.stop() : server.kill());
    server = await start();
  };
  const close = async (): Promise<void> => {
    await server.stop();
    await removeFolder(folder);
  };
  return { url: `redis://127.0.0.1:${port}`, port, restart, close, [Symbol.asyncDispose]: close };
};
