import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Apache } from "./apache.ts";
import { startApacheStandalone } from "./apache-standalone.ts";
import { classArchive } from "./class-archive.ts";

/**
 * Archives the classes of a server, once on a machine, so that later servers start sooner. Resolves also if that fails, as with a
 * Java before 13: then servers start as before.
 */
export const archiveClasses = async (apache: Apache): Promise<void> => {
  const archive = classArchive(apache);
  if (existsSync(archive)) return;
  const temporary = `${archive}-${randomUUID()}`;
  try {
    await mkdir(dirname(archive), { recursive: true });
    await using server = await startApacheStandalone({ apache, jvmArgs: [`-XX:ArchiveClassesAtExit=${temporary}`] });
    process.kill(server.pid!, "SIGTERM");
    // Not `stop()`, which may kill it while it writes.
    while (server.pid !== undefined) await delay(20);
    await rename(temporary, archive);
  } catch {
    await rm(temporary, { force: true });
  }
};
