import { join } from "node:path";
import type { FileLayer } from "./file-layer.js";
import { isUnfinished, logsAmong, snapshotsAmong, VERSION_FOLDER } from "./file-names.js";
import type { FolderLock } from "./folder-lock.js";
import { StorageError } from "./storage-error.js";

/** Folders of the files of one server. */
export interface DataFolders {
  readonly snapshots: string;
  readonly logs: string;
}

/**
 * Creates missing folders, unless `creates` is false. Throws {@link StorageError} if a folder cannot be used, or holds
 * files that belong into the other.
 */
export async function openDataFolders(
  files: FileLayer,
  dataDir: string,
  dataLogDir: string,
  creates: boolean,
): Promise<DataFolders> {
  const snapshots = join(dataDir, VERSION_FOLDER);
  const logs = join(dataLogDir, VERSION_FOLDER);
  await prepare(files, snapshots, "dataDir", creates);
  if (logs === snapshots) return { snapshots, logs };
  await prepare(files, logs, "dataLogDir", creates);
  // If dataLogDir is set later, or the two are exchanged, the server would start with a part of the data.
  const [strayLog] = logsAmong(await files.list(snapshots));
  if (strayLog !== undefined) throw misplaced(join(snapshots, strayLog.name), "a transaction log", dataDir, logs);
  const [straySnapshot] = snapshotsAmong(await files.list(logs));
  if (straySnapshot !== undefined) throw misplaced(join(logs, straySnapshot.name), "a snapshot", dataLogDir, snapshots);
  return { snapshots, logs };
}

async function prepare(files: FileLayer, folder: string, key: string, creates: boolean): Promise<void> {
  try {
    if (!creates) await files.list(folder);
    await files.makeFolder(folder);
  } catch (error) {
    const why = (error as Error).message;
    const message = `Cannot use ${folder} (${key}): ${why}. The user that runs the server must be able to read and write it.`;
    throw new StorageError("access", message, { path: folder, cause: error });
  }
}

function misplaced(path: string, what: string, where: string, home: string): StorageError {
  const message =
    `${path} is ${what}, but ${where} is not the folder for it: dataDir holds snapshots, dataLogDir transaction logs. ` +
    `If dataLogDir was set or changed for data that is already there, move the files to ${home}.`;
  return new StorageError("misplaced", message, { path });
}

/**
 * Takes the locks of both folders, in an order that does not depend on which is which. Rejects with a {@link StorageError}
 * `locked` where another server serves from one of them, and holds neither then.
 */
export async function lockDataFolders(
  files: FileLayer,
  { snapshots, logs }: DataFolders,
  onUnprotected: (folder: string) => void,
): Promise<FolderLock> {
  const held: FolderLock[] = [];
  const release = async (): Promise<void> => {
    for (const lock of held.splice(0).reverse()) await lock.release();
  };
  const folders = new Set([await files.resolve(snapshots), await files.resolve(logs)]);
  try {
    for (const folder of [...folders].sort()) {
      const lock = await files.lock(folder);
      if (lock === undefined) onUnprotected(folder);
      else held.push(lock);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

/** Removes the unfinished files of a process that was killed. */
export async function removeUnfinished(files: FileLayer, { snapshots, logs }: DataFolders): Promise<void> {
  for (const folder of new Set([snapshots, logs])) {
    for (const name of await files.list(folder)) {
      if (isUnfinished(name)) await files.remove(join(folder, name));
    }
  }
}
