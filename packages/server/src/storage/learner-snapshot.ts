import {
  type JuteReader,
  ProtocolError,
  readAcls,
  readSnapshotSignature,
  writeSnapshotSignature,
} from "@conclave/protocol";
import { END_PATH, readStatPersisted } from "./snapshot-format.js";
import type { SnapshotSource } from "./snapshot-source.js";
import { SnapshotStream } from "./snapshot-stream.js";
import { bodyChunks, CHUNK_BYTES, SealedWriter, writeSnapshotHeader } from "./snapshot-writer.js";

/*
 * A snapshot as a leader sends it to a learner after the packet SNAP: the sessions, ACLs and nodes of a snapshot file, without
 * its header, checksums and sections, and then a signature (LearnerHandler, SerializeUtils.serializeSnapshot):
 *
 *   int number of sessions, {long id, int timeout} | int number of ACL lists, {long id, vector} | nodes | "/" | "BenWasHere"
 */

/** The bytes of a snapshot for a learner, made as they are asked for. A chunk is valid until the next one is. */
export function* learnerSnapshotChunks(source: SnapshotSource): Generator<Uint8Array, void> {
  const out = new SealedWriter();
  yield* bodyChunks(out, source);
  writeSnapshotSignature(out.jute);
  yield out.chunk();
}

/** Bytes of a connection that follow a snapshot. */
export interface AfterSnapshot {
  unread: Uint8Array;
}

/**
 * Turns a received snapshot into the bytes of a snapshot file, which end with the first checksum. Reads `chunks` no further
 * than the signature; bytes that were received after it are then in `after`. Throws {@link ProtocolError} if the bytes are
 * malformed or end too early.
 */
export async function* snapshotFileOf(
  chunks: AsyncIterable<Uint8Array>,
  after: AfterSnapshot,
): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = new SnapshotStream(chunks);
  const out = new SealedWriter();
  writeSnapshotHeader(out.jute);
  const copy = async <T>(decode: (input: JuteReader) => T): Promise<T> => {
    const value = await stream.read(decode);
    out.jute.writeRaw(stream.lastBytes);
    return value;
  };
  for (let left = await copy(readCount); left > 0; left--) await copy(readSession);
  for (let left = await copy(readCount); left > 0; left--) await copy(readAclEntry);
  while ((await copy(readNode)) !== END_PATH) if (out.jute.length >= CHUNK_BYTES) yield out.chunk();
  out.seal();
  await stream.read((input) => {
    readSnapshotSignature(input);
    return true;
  });
  after.unread = stream.unread.slice();
  yield out.chunk();
}

function readCount(input: JuteReader): number {
  const count = input.readInt();
  if (count < 0) throw new ProtocolError("malformed", `a table of ${count} entries`);
  return count;
}

function readSession(input: JuteReader): bigint {
  const id = input.readLong();
  input.readInt();
  return id;
}

function readAclEntry(input: JuteReader): bigint {
  const id = input.readLong();
  readAcls(input);
  return id;
}

/** Returns the path of the node, or of the end. */
function readNode(input: JuteReader): string {
  const path = input.readString();
  if (path === END_PATH) return path;
  input.readBuffer();
  input.readLong();
  readStatPersisted(input);
  return path;
}
