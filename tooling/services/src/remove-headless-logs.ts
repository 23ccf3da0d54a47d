import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Magic, version and database id: what each log begins with. */
const HEADER_BYTES = 16;

/**
 * Removes the transaction logs that end before their header does. A server that is killed between the creation of a log
 * and its first write leaves one, holds nothing in it, and, if it is Apache's, does not start on it again
 * (ZOOKEEPER-1621).
 */
export async function removeHeadlessLogs(dataDir: string): Promise<void> {
  const folder = join(dataDir, "version-2");
  const names = await readdir(folder).catch(() => []);
  const logs = names.filter((name) => name.startsWith("log.")).map((name) => join(folder, name));
  for (const log of logs) if ((await stat(log)).size < HEADER_BYTES) await rm(log);
}
