import { join } from "node:path";
import type { DataFolders } from "./data-folders.js";
import type { FileLayer } from "./file-layer.js";
import { logsAmong, type SnapshotName, snapshotsAmong } from "./file-names.js";
import { END_OF_SNAPSHOT } from "./snapshot-format.js";

/** Fewer are no protection against one that is damaged. */
export const MIN_RETAINED_SNAPSHOTS = 3;

/**
 * Removes the snapshots older than the newest `retain` whole ones, and the logs that none of the kept ones builds on.
 * Returns the removed paths.
 *
 * It may be interrupted at any point: each remaining snapshot still has its log. Therefore snapshots are removed before
 * logs, durably, and both from the oldest on.
 */
export async function purge(
  files: FileLayer,
  { snapshots: folder, logs: logFolder }: DataFolders,
  retain: number,
): Promise<string[]> {
  const snapshots = snapshotsAmong(await files.list(folder));
  const oldest = await oldestKept(files, folder, snapshots, retain);
  if (oldest === undefined) return [];
  const oldSnapshots = snapshots.filter(({ zxid }) => zxid < oldest).reverse();
  const removed = await removeAll(files, folder, oldSnapshots);
  const logs = logsAmong(await files.list(logFolder));
  // The last one that begins at or before the snapshot may reach beyond it.
  const covering = logs.findLastIndex(({ firstZxid }) => firstZxid <= oldest);
  return [...removed, ...(await removeAll(files, logFolder, logs.slice(0, Math.max(covering, 0))))];
}

async function oldestKept(
  files: FileLayer,
  folder: string,
  newestFirst: readonly SnapshotName[],
  retain: number,
): Promise<bigint | undefined> {
  let kept = 0;
  for (const snapshot of newestFirst) {
    if (!(await isWhole(files, folder, snapshot))) continue;
    kept++;
    if (kept === retain) return snapshot.zxid;
  }
  return undefined;
}

/** Ours have their names only when they are whole; Apache's may have been cut short, and end otherwise. */
async function isWhole(files: FileLayer, folder: string, { name, compression }: SnapshotName): Promise<boolean> {
  const tail = await files.tail(join(folder, name), END_OF_SNAPSHOT.length);
  if (compression !== "none") return tail.length > 0;
  return tail.length === END_OF_SNAPSHOT.length && tail.every((byte, index) => byte === END_OF_SNAPSHOT[index]);
}

async function removeAll(
  files: FileLayer,
  folder: string,
  oldestFirst: readonly { readonly name: string }[],
): Promise<string[]> {
  const paths = oldestFirst.map(({ name }) => join(folder, name));
  for (const path of paths) await files.remove(path);
  if (paths.length > 0) await files.syncFolder(folder);
  return paths;
}
