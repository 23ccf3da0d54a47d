import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watchdog } from "./watchdog.ts";

/** A new folder that is removed when this process is gone, if {@link removeFolder} did not do it earlier. */
export const temporaryFolder = async (name: string): Promise<string> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), `conclave-${name}-`)));
  watchdog.folder(folder);
  return folder;
};

export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 3 });
