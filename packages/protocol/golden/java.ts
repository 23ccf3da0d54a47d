/* Starts Java: Apache ZooKeeper's servers, and the classes of this folder. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const JAVA = "/usr/share/java";
export const CLASSPATH =
  process.env.ZOOKEEPER_CLASSPATH ??
  ["zookeeper", "zookeeper-jute", "slf4j-nop"].map((jar) => `${JAVA}/${jar}.jar`).join(":");

export async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
}

/** Starts a server with this zoo.cfg in a folder that is empty. */
export async function startServer(
  folder: string,
  id: number,
  settings: Readonly<Record<string, unknown>>,
  jvmArgs: readonly string[] = [],
): Promise<ChildProcess> {
  const dataDir = join(folder, "data");
  await mkdir(dataDir, { recursive: true });
  await writeFile(join(dataDir, "myid"), `${id}`);
  const all = { dataDir, clientPortAddress: "127.0.0.1", "admin.enableServer": false, ...settings };
  const lines = Object.entries(all).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(join(folder, "zoo.cfg"), lines.join(""));
  const main = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
  return spawn("java", [...jvmArgs, "-cp", CLASSPATH, main, join(folder, "zoo.cfg")], { stdio: "ignore" });
}

/** Resolves when the server accepts clients. */
export async function serving(server: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; !(await accepts(port)); attempt++) {
    if (attempt > 600 || server.exitCode !== null) throw new Error("the server does not start");
    await delay(200);
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.on("connect", () => resolve(true));
    socket.on("error", () => resolve(false));
  }).then((result) => {
    socket.destroy();
    return result as boolean;
  });
}

/** Translates every class of this folder into another. */
export async function compile(classes: string): Promise<void> {
  const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith(".java"));
  const paths = files.map((name) => join(import.meta.dirname, name));
  execFileSync("javac", ["-cp", CLASSPATH, "-d", classes, ...paths]);
}

export function java(classes: string, name: string, args: readonly string[], input = ""): string {
  const command = ["-cp", `${classes}:${CLASSPATH}`, name, ...args];
  return execFileSync("java", command, { input, encoding: "utf8", maxBuffer: 1 << 26 });
}

/** One value to a line, so that two recordings can be compared by eye. */
export function lines(values: readonly unknown[]): string {
  return `[\n${values.map((value) => `  ${ascii(value)}`).join(",\n")}\n]`;
}

export function ascii(value: unknown): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, escaped);
}
