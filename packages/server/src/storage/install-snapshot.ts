import { join } from "node:path";
import type { DataFolders } from "./data-folders.js";
import { decompressed } from "./decompressed.js";
import { DurableFile, renameDurably } from "./durable-file.js";
import type { FileLayer } from "./file-layer.js";
import { logsAmong, restoredName, snapshotName, snapshotsAmong, unfinishedName, zxidOfRestored } from "./file-names.js";
import { readSnapshotFrom } from "./snapshot-reader.js";
import { StorageError } from "./storage-error.js";

/*
 * A snapshot of another server replaces everything on record, even transactions with higher zxids. The file
 * `restored.<zxid>` is the point of no return: nothing is changed before it has its name, and from then on the next start
 * removes everything else and gives it the name of a snapshot (finishInstall), however often that is interrupted.
 */

const ignore = { restoreSession() {}, restoreNode() {} };

/**
 * Receives a whole snapshot, compressed by gz or not, and makes it durable. Returns its zxid: the given one, or else that in
 * the snapshot. Throws {@link StorageError} if it is damaged, or no zxid is given and it has none (Apache before 3.9).
 */
export async function stageSnapshot(
  files: FileLayer,
  { snapshots: folder }: DataFolders,
  chunks: AsyncIterable<Uint8Array>,
  given?: bigint,
): Promise<bigint> {
  const name = "the received snapshot";
  const unfinished = join(folder, unfinishedName(snapshotName(0n)));
  const file = await DurableFile.create(unfinished, { sync: false, files });
  try {
    const snapshot = await readSnapshotFrom(copied(decompressed(chunks, name), file), name, ignore);
    const zxid = given ?? snapshot.lastZxid;
    if (zxid === undefined) throw withoutZxid(name);
    await file.sync();
    await file.close();
    await renameDurably(files, unfinished, join(folder, restoredName(zxid)));
    return zxid;
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

/** Completes the installation of a staged snapshot at a start. Returns its zxid; `undefined` if there is none. */
export async function finishInstall(files: FileLayer, folders: DataFolders): Promise<bigint | undefined> {
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

function withoutZxid(name: string): StorageError {
  const message = `${name} has no zxid: it was not written by Conclave or Apache ZooKeeper 3.9. Stop the server, and copy the snapshot under its own name into an empty dataDir/version-2.`;
  return new StorageError("unsupported", message, { path: name });
}
