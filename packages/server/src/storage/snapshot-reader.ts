import { type Acl, type JuteReader, ProtocolError, readAcls } from "@conclave/protocol";
import { keptBytes } from "../tree/kept-bytes.js";
import { OPEN_ACL_ID } from "./acl-table.js";
import { decompressed, isGunzipError } from "./decompressed.js";
import type { FileLayer } from "./file-layer.js";
import { FORMAT_VERSION } from "./log-format.js";
import {
  DIGEST_SECTION_BYTES,
  END_PATH,
  LAST_ZXID_SECTION_BYTES,
  readStatPersisted,
  SEAL_BYTES,
  SNAPSHOT_MAGIC,
} from "./snapshot-format.js";
import type { SnapshotDigest, SnapshotNode, SnapshotSession } from "./snapshot-source.js";
import { SnapshotStream } from "./snapshot-stream.js";
import { StorageError } from "./storage-error.js";

const CHUNK_BYTES = 1024 * 1024;

/**
 * ACL of a node whose own is not in the snapshot, because it was set while the snapshot was written: it grants nothing.
 * Compare by identity.
 */
export const MISSING_ACL: readonly Acl[] = Object.freeze([{ permissions: 0, id: { scheme: "world", id: "anyone" } }]);

/** Takes the content of a snapshot in the order of the file. */
export interface SnapshotSink {
  restoreSession(session: SnapshotSession): void;
  restoreNode(node: SnapshotNode): void;
}

/** Sections of a snapshot after its nodes. */
export interface SnapshotTrailer {
  readonly digest: SnapshotDigest | undefined;
  /** The transaction that names it; since 3.9. */
  readonly lastZxid: bigint | undefined;
}

/** A snapshot's file. */
export interface SnapshotFile {
  readonly files: FileLayer;
  readonly path: string;
}

/** A part of a snapshot, in the order of the file: first all sessions, then nodes as they come, then the trailer. */
export type SnapshotPiece =
  | { readonly sessions: readonly SnapshotSession[] }
  | { readonly nodes: readonly SnapshotNode[] }
  | { readonly trailer: SnapshotTrailer };

/**
 * Reads a snapshot into `sink`. Throws {@link StorageError} `corrupt-snapshot` where it is not whole and intact; `sink`
 * has then been given a part of it.
 */
export function readSnapshot({ files, path }: SnapshotFile, sink: SnapshotSink): Promise<SnapshotTrailer> {
  return readSnapshotFrom(files.read(path, CHUNK_BYTES), path, sink);
}

/** The same from bytes that come from anywhere; `name` is for messages. Bytes that gz made are known by their first ones. */
export async function readSnapshotFrom(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  sink: SnapshotSink,
): Promise<SnapshotTrailer> {
  let trailer: SnapshotTrailer = { digest: undefined, lastZxid: undefined };
  for await (const piece of snapshotPieces(chunks, name)) {
    if ("nodes" in piece) for (const node of piece.nodes) sink.restoreNode(node);
    else if ("sessions" in piece) for (const session of piece.sessions) sink.restoreSession(session);
    else trailer = piece.trailer;
  }
  return trailer;
}

/** The same, piece by piece as they are asked for. */
export async function* snapshotPieces(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<SnapshotPiece, void, undefined> {
  const stream = new SnapshotStream(decompressed(chunks, name));
  try {
    yield* readFrom(stream);
  } catch (error) {
    if (!(error instanceof ProtocolError) && !isGunzipError(error)) throw error;
    const { offset } = stream;
    const message = `the snapshot ${name} is damaged at byte ${offset} (${error.message})`;
    throw new StorageError("corrupt-snapshot", message, { path: name, offset, cause: error });
  } finally {
    await stream.close();
  }
}

async function* readFrom(stream: SnapshotStream): AsyncGenerator<SnapshotPiece, void, undefined> {
  await stream.read(readHeader);
  const sessions: SnapshotSession[] = [];
  for (let left = await stream.read(readCount); left > 0; left--)
    sessions.push(stream.tryRead(readSession) ?? (await stream.read(readSession)));
  yield { sessions };
  const acls = await readAclTable(stream);
  const readNode = nodeReader(acls);
  for (let isEnd = false; !isEnd; ) {
    const nodes: SnapshotNode[] = [];
    // All that is there whole; then one that has to be waited for.
    for (let node = stream.tryRead(readNode); node !== undefined; node = stream.tryRead(readNode)) {
      isEnd = node === END;
      if (node === END) break;
      nodes.push(node);
    }
    if (nodes.length > 0) yield { nodes };
    if (isEnd) break;
    const node = await stream.read(readNode);
    isEnd = node === END;
    if (node !== END) yield { nodes: [node] };
  }
  await stream.checkSeal();
  yield { trailer: await readSections(stream) };
}

/**
 * Reads the sections after the nodes. They depend on the version and settings of the writer; each is recognised by its
 * length.
 */
async function readSections(stream: SnapshotStream): Promise<SnapshotTrailer> {
  const lastZxidBytes = LAST_ZXID_SECTION_BYTES + SEAL_BYTES;
  const remaining = await stream.remaining(DIGEST_SECTION_BYTES + SEAL_BYTES + lastZxidBytes);
  let digest: SnapshotDigest | undefined;
  let lastZxid: bigint | undefined;
  if (remaining !== 0 && remaining !== lastZxidBytes) {
    digest = await stream.read(readDigest);
    await stream.checkSeal();
  }
  if (remaining === lastZxidBytes || remaining > DIGEST_SECTION_BYTES + SEAL_BYTES) {
    lastZxid = await stream.read((input) => input.readLong());
    await stream.checkSeal();
  }
  return { digest: digest === undefined || digest.zxid === 0n ? undefined : digest, lastZxid };
}

function readHeader(input: JuteReader): true {
  const magic = input.readInt();
  const version = input.readInt();
  input.readLong();
  if (magic === SNAPSHOT_MAGIC && version === FORMAT_VERSION) return true;
  throw new ProtocolError("malformed", `it is not a ZooKeeper snapshot of version ${FORMAT_VERSION}`);
}

function readCount(input: JuteReader): number {
  const count = input.readInt();
  if (count < 0) throw new ProtocolError("malformed", `a table of ${count} entries`);
  return count;
}

function readSession(input: JuteReader): SnapshotSession {
  return { id: input.readLong(), timeoutMs: input.readInt() };
}

async function readAclTable(stream: SnapshotStream): Promise<ReadonlyMap<bigint, readonly Acl[]>> {
  const count = await stream.read(readCount);
  const table = new Map<bigint, readonly Acl[]>();
  for (let i = 0; i < count; i++) {
    const { id, list } = await stream.read((input) => ({ id: input.readLong(), list: readAcls(input) }));
    table.set(id, list);
  }
  return table;
}

const END = Symbol("end of the nodes");

function nodeReader(acls: ReadonlyMap<bigint, readonly Acl[]>): (input: JuteReader) => SnapshotNode | typeof END {
  return (input) => {
    const path = input.readString();
    if (path === END_PATH) return END;
    const data = input.readBuffer();
    const aclId = input.readLong();
    const stat = readStatPersisted(input);
    const acl = aclId === OPEN_ACL_ID ? null : (acls.get(aclId) ?? MISSING_ACL);
    // A copy: the window must not live as long as the tree.
    return { path, data: data === null ? null : keptBytes(data), acl, stat };
  };
}

function readDigest(input: JuteReader): SnapshotDigest {
  return { zxid: input.readLong(), version: input.readInt(), digest: input.readLong() };
}
