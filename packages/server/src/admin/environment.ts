import { arch, freemem, hostname, release, totalmem, type } from "node:os";
import { processUserInfo } from "./process-user.js";
import type { ServerStatus } from "./server-status.js";

/**
 * Properties of the process and its machine: Apache's keys (org.apache.zookeeper.Environment) where they apply,
 * Node.js's own in place of Java's. Clients read the server's version from the first.
 */
export function environment({ version }: Pick<ServerStatus, "version">): readonly (readonly [string, string])[] {
  const { username, homedir } = processUserInfo();
  return [
    ["zookeeper.version", version],
    ["host.name", hostname()],
    ["node.version", process.version],
    ["node.home", process.execPath],
    ["os.name", type()],
    ["os.arch", arch()],
    ["os.version", release()],
    ["user.name", username],
    ["user.home", homedir],
    ["user.dir", process.cwd()],
    ["os.memory.free", megabytes(freemem())],
    ["os.memory.max", megabytes(totalmem())],
    ["os.memory.total", megabytes(process.memoryUsage.rss())],
  ];
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 / 1024)}MB`;
}
