import { join } from "node:path";
import { JuteWriter } from "@conclave/protocol";
import type { EncodedTreeNode } from "../tree/tree-node.js";
import { AclTable } from "./acl-table.js";
import { adler32 } from "./adler32.js";
import { DurableFile, renameDurably } from "./durable-file.js";
import type { FileLayer } from "./file-layer.js";
import { snapshotName, unfinishedName, type WrittenCompression } from "./file-names.js";
import { gzipped } from "./gzipped.js";
import { FORMAT_VERSION } from "./log-format.js";
import { END_PATH, SNAPSHOT_DB_ID, SNAPSHOT_MAGIC, writeStatPersisted } from "./snapshot-format.js";
import type { SnapshotNode, SnapshotSource } from "./snapshot-source.js";

/** So much is serialised in one turn of the event loop: under a millisecond. */
export const CHUNK_BYTES = 128 * 1024;
/** Zxid of the digest if the tree keeps none; Apache reads it as "none". */
const NO_DIGEST = { zxid: 0n, version: 2, digest: 0n };

/**
 * Writes `source` as a snapshot into `folder` and returns its path. The file has its name only once it is whole and on
 * disk (Apache writes in place, and a reader must guess): when this rejects, nothing has changed.
 */
export async function writeSnapshot(
  files: FileLayer,
  folder: string,
  source: SnapshotSource,
  compression: WrittenCompression = "none",
): Promise<string> {
  const unfinished = join(folder, unfinishedName(snapshotName(source.lastZxid)));
  const path = join(folder, snapshotName(source.lastZxid, compression));
  try {
    const file = await DurableFile.create(unfinished, { sync: false, files });
    try {
      const chunks = snapshotChunks(source);
      for await (const chunk of compression === "gz" ? gzipped(chunks) : chunks) await file.write(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameDurably(files, unfinished, path);
    return path;
  } catch (error) {
    await files.remove(unfinished).catch(() => {});
    throw error;
  }
}

/**
 * The bytes of a snapshot, made as they are asked for. A chunk is valid until the next one is. The tables of `source` are
 * read with the first chunk, its nodes as the chunks go on.
 */
export function* snapshotChunks(source: SnapshotSource): Generator<Uint8Array, void> {
  const out = new SealedWriter();
  writeSnapshotHeader(out.jute);
  yield* bodyChunks(out, source);
  out.seal();
  const { zxid, version, digest } = source.digest?.() ?? NO_DIGEST;
  out.jute.writeLong(zxid);
  out.jute.writeInt(version);
  out.jute.writeLong(digest);
  out.seal();
  out.jute.writeLong(source.lastZxid);
  out.seal();
  yield out.chunk();
}

/** First bytes of a snapshot file. */
export function writeSnapshotHeader(out: JuteWriter): void {
  out.writeInt(SNAPSHOT_MAGIC);
  out.writeInt(FORMAT_VERSION);
  out.writeLong(SNAPSHOT_DB_ID);
}

/** Writes sessions, ACLs and nodes; yields what is written once it is a chunk, and leaves the rest in `out`. */
export function* bodyChunks(out: SealedWriter, source: SnapshotSource): Generator<Uint8Array, void> {
  // Both tables are copied in one turn, so that they and the count before them agree.
  const acls = new AclTable(source.acls);
  const sessions = [...source.sessions];
  out.jute.writeInt(sessions.length);
  for (const { id, timeoutMs } of sessions) {
    out.jute.writeLong(id);
    out.jute.writeInt(timeoutMs);
  }
  acls.write(out.jute);
  for (const node of source.nodes) {
    // Replay creates it again, and then its ACL is sure to be known.
    if (node.stat.czxid > source.lastZxid) continue;
    const encoded = node.encoded ?? encodedOf(node);
    encoded.writePath(out.jute);
    encoded.writeData(out.jute);
    out.jute.writeLong(acls.idOf(node.acl));
    encoded.writeStat(out.jute);
    if (out.jute.length >= CHUNK_BYTES) yield out.chunk();
  }
  out.jute.writeString(END_PATH);
}

function encodedOf({ path, data, stat }: SnapshotNode): EncodedTreeNode {
  return {
    writePath: (out) => out.writeString(path),
    writeData: (out) => out.writeBuffer(data),
    writeStat: (out) => writeStatPersisted(out, stat),
  };
}

/** Computes the checksum of the written bytes. */
export class SealedWriter {
  readonly jute = new JuteWriter(2 * CHUNK_BYTES);
  #checksum = 1;
  #summed = 0;

  /** All that was written since the last one. */
  chunk(): Uint8Array {
    this.#sum();
    this.#summed = 0;
    const bytes = this.jute.peek();
    // Not cleared: the next bytes overwrite these.
    this.jute.clear();
    return bytes;
  }

  seal(): void {
    this.#sum();
    this.jute.writeLongHalves(0, this.#checksum);
    this.jute.writeString(END_PATH);
  }

  #sum(): void {
    this.#checksum = adler32(this.jute.peek(), this.#summed, this.jute.length, this.#checksum);
    this.#summed = this.jute.length;
  }
}
