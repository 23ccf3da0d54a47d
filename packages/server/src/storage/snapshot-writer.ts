import { rm } from "node:fs/promises";
import { join } from "node:path";
import { JuteWriter } from "@conclave/protocol";
import { AclTable } from "./acl-table.js";
import { adler32 } from "./adler32.js";
import { DurableFile, renameDurably } from "./durable-file.js";
import { snapshotName, unfinishedName } from "./file-names.js";
import { FORMAT_VERSION } from "./log-format.js";
import { END_PATH, SNAPSHOT_DB_ID, SNAPSHOT_MAGIC, writeStatPersisted } from "./snapshot-format.js";
import type { SnapshotSource } from "./snapshot-source.js";

/** So much is serialised in one turn of the event loop: under a millisecond. */
const CHUNK_BYTES = 128 * 1024;
/** Of the digest where the tree keeps none; Apache takes it for "none". */
const NO_DIGEST = { zxid: 0n, version: 2, digest: 0n };

/**
 * Writes `source` as a snapshot into `folder` and returns its path. The file has its name only once it is whole and on
 * disk (Apache writes in place, and a reader must guess): when this rejects, nothing has changed.
 */
export async function writeSnapshot(folder: string, source: SnapshotSource): Promise<string> {
  const name = snapshotName(source.lastZxid);
  const unfinished = join(folder, unfinishedName(name));
  const path = join(folder, name);
  try {
    const file = await DurableFile.create(unfinished, { sync: false });
    try {
      await new SnapshotWriter(file).write(source);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameDurably(unfinished, path);
    return path;
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  }
}

class SnapshotWriter {
  readonly #file: DurableFile;
  readonly #out = new JuteWriter(2 * CHUNK_BYTES);
  #checksum = 1;
  #summed = 0;

  constructor(file: DurableFile) {
    this.#file = file;
  }

  async write(source: SnapshotSource): Promise<void> {
    const out = this.#out;
    // Both tables are copied in one turn, so that they and the count before them agree.
    const acls = new AclTable(source.acls);
    const sessions = [...source.sessions];
    out.writeInt(SNAPSHOT_MAGIC);
    out.writeInt(FORMAT_VERSION);
    out.writeLong(SNAPSHOT_DB_ID);
    out.writeInt(sessions.length);
    for (const { id, timeoutMs } of sessions) {
      out.writeLong(id);
      out.writeInt(timeoutMs);
    }
    acls.write(out);
    await this.#writeNodes(source, acls);
    out.writeString(END_PATH);
    this.#seal();
    const { zxid, version, digest } = source.digest?.() ?? NO_DIGEST;
    out.writeLong(zxid);
    out.writeInt(version);
    out.writeLong(digest);
    this.#seal();
    out.writeLong(source.lastZxid);
    this.#seal();
    await this.#drain();
  }

  async #writeNodes({ nodes, lastZxid }: SnapshotSource, acls: AclTable): Promise<void> {
    const out = this.#out;
    for (const { path, data, acl, stat } of nodes) {
      // Replay creates it again, and then its ACL is sure to be known.
      if (stat.czxid > lastZxid) continue;
      out.writeString(path);
      out.writeBuffer(data);
      out.writeLong(acls.idOf(acl));
      writeStatPersisted(out, stat);
      if (out.length >= CHUNK_BYTES) await this.#drain();
    }
  }

  #seal(): void {
    this.#sum();
    this.#out.writeLongHalves(0, this.#checksum);
    this.#out.writeString(END_PATH);
  }

  #sum(): void {
    this.#checksum = adler32(this.#out.peek(), this.#summed, this.#out.length, this.#checksum);
    this.#summed = this.#out.length;
  }

  async #drain(): Promise<void> {
    this.#sum();
    await this.#file.write(this.#out.peek());
    this.#out.clear();
    this.#summed = 0;
  }
}
