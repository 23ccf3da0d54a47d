import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watchdog } from "./watchdog.ts";

/** Creates a temporary folder, which is removed by {@link removeFolder} or, at the latest, when this process has ended. */
export const temporaryFolder = async (name: string): Promise<string> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), `conclave-${name}-`)));
  watchdog.folder(folder);
  return folder;
};

export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 3 });
