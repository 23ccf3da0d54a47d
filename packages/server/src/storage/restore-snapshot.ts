import { join } from "node:path";
import type { DataFolders } from "./data-folders.js";
import { decompressed } from "./decompressed.js";
import { DurableFile, renameDurably } from "./durable-file.js";
import type { FileLayer } from "./file-layer.js";
import { logsAmong, restoredName, snapshotName, snapshotsAmong, unfinishedName, zxidOfRestored } from "./file-names.js";
import { readSnapshotFrom } from "./snapshot-reader.js";
import { StorageError } from "./storage-error.js";

/*
 * A snapshot from elsewhere takes the place of all that is on record, whose transactions may have higher numbers. The file
 * `restored.<zxid>` is the point of no return: before it has its name nothing was changed, and from then on the next start
 * removes everything else and makes a snapshot of it (finishRestore), however often that is interrupted.
 */

const nobody = { restoreSession() {}, restoreNode() {} };

/**
 * Takes a snapshot, compressed by gz or not, whole before anything is changed. Returns its transaction. Throws
 * {@link StorageError} where it is damaged, or does not say its transaction (Apache before 3.9).
 */
export async function stageRestore(
  files: FileLayer,
  { snapshots: folder }: DataFolders,
  chunks: AsyncIterable<Uint8Array>,
): Promise<bigint> {
  const name = "the snapshot to restore";
  const unfinished = join(folder, unfinishedName(snapshotName(0n)));
  const file = await DurableFile.create(unfinished, { sync: false, files });
  try {
    const { lastZxid } = await readSnapshotFrom(copied(decompressed(chunks, name), file), name, nobody);
    if (lastZxid === undefined) throw nameless(name);
    await file.sync();
    await file.close();
    await renameDurably(files, unfinished, join(folder, restoredName(lastZxid)));
    return lastZxid;
  } catch (error) {
    await file.close().catch(() => {});
    await files.remove(unfinished).catch(() => {});
    throw error;
  }
}

async function* copied(chunks: AsyncIterable<Uint8Array>, file: DurableFile): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    await file.write(chunk);
    yield chunk;
  }
}

/** Does what a restore that was interrupted has left to do. Returns the transaction of the snapshot, if there was one. */
export async function finishRestore(files: FileLayer, folders: DataFolders): Promise<bigint | undefined> {
  const { snapshots: folder, logs } = folders;
  const names = await files.list(folder);
  const staged = names.flatMap((name) => zxidOfRestored(name) ?? [])[0];
  if (staged === undefined) return undefined;
  for (const { name } of logsAmong(await files.list(logs))) await files.remove(join(logs, name));
  for (const { name } of snapshotsAmong(names)) await files.remove(join(folder, name));
  for (const each of new Set([logs, folder])) await files.syncFolder(each);
  await renameDurably(files, join(folder, restoredName(staged)), join(folder, snapshotName(staged)));
  return staged;
}

function nameless(name: string): StorageError {
  const message = `${name} does not say which transaction it is of: it was not written by Conclave or Apache ZooKeeper 3.9. Put it into dataDir/version-2 of a server that is stopped, under its own name, with nothing else there.`;
  return new StorageError("unsupported", message, { path: name });
}
