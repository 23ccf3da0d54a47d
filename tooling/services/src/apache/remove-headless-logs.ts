import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Size of magic, version and database id at the start of each log. */
const HEADER_BYTES = 16;

/**
 * Removes transaction logs without a complete header. A server that is killed between the creation of a log and the first write
 * to it leaves such a log. It contains no transaction, and Apache's server does not start on it (ZOOKEEPER-1621).
 */
export async function removeHeadlessLogs(dataDir: string): Promise<void> {
  const folder = join(dataDir, "version-2");
  const names = await readdir(folder).catch(() => []);
  const logs = names.filter((name) => name.startsWith("log.")).map((name) => join(folder, name));
  for (const log of logs) if ((await stat(log)).size < HEADER_BYTES) await rm(log);
}
