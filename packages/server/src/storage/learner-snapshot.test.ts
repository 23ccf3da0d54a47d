import { join } from "node:path";
import { OPEN_ACL_UNSAFE } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { systemFiles } from "./file-layer.js";
import { apacheFolder } from "./golden/apache-files.js";
import { type AfterSnapshot, learnerSnapshotChunks, snapshotFileOf } from "./learner-snapshot.js";
import { readSnapshot, readSnapshotFrom } from "./snapshot-reader.js";
import type { SnapshotNode, SnapshotSession } from "./snapshot-source.js";

interface Content {
  readonly sessions: SnapshotSession[];
  readonly nodes: SnapshotNode[];
}

function collector(): Content & { restoreSession(s: SnapshotSession): void; restoreNode(n: SnapshotNode): void } {
  const sessions: SnapshotSession[] = [];
  const nodes: SnapshotNode[] = [];
  return {
    ...{ sessions, nodes },
    restoreSession: (session) => void sessions.push(session),
    restoreNode: (node) => void nodes.push(node),
  };
}

async function apacheContent(): Promise<Content> {
  const content = collector();
  await readSnapshot({ files: systemFiles, path: join(apacheFolder, "snapshot.13") }, content);
  return content;
}

function wireBytes({ sessions, nodes }: Content): Uint8Array {
  const acls = nodes.flatMap(({ acl }) => (acl === null ? [] : [acl]));
  const chunks = learnerSnapshotChunks({ lastZxid: 0x13n, sessions, acls, nodes });
  return Buffer.concat(Array.from(chunks, (chunk) => Uint8Array.from(chunk)));
}

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function received(bytes: Uint8Array, size: number): Promise<{ content: Content; after: AfterSnapshot }> {
  const content = collector();
  const after: AfterSnapshot = { unread: new Uint8Array(0) };
  await readSnapshotFrom(snapshotFileOf(chunked(bytes, size), after), "received", content);
  return { content, after };
}

describe("a snapshot for a learner", () => {
  it.each([1, 7, 1 << 20])("becomes the same snapshot file when it arrives in chunks of %i bytes", async (size) => {
    const sent = await apacheContent();
    const { content } = await received(wireBytes(sent), size);
    expect(content.sessions).toEqual(sent.sessions);
    // Which lists are open to all is written in two ways.
    const plain = (nodes: SnapshotNode[]) => nodes.map((node) => ({ ...node, acl: node.acl ?? OPEN_ACL_UNSAFE }));
    expect(plain(content.nodes)).toEqual(plain(sent.nodes));
  });

  it("leaves the packets that follow it to the connection", async () => {
    const bytes = wireBytes(await apacheContent());
    const { after } = await received(Buffer.concat([bytes, Uint8Array.of(1, 2, 3)]), 1 << 20);
    expect([...after.unread]).toEqual([1, 2, 3]);
  });

  it("is refused if it ends early, wherever that is", async () => {
    const bytes = wireBytes(await apacheContent());
    for (let length = 0; length < bytes.length; length += 13) {
      await expect(received(bytes.subarray(0, length), 1 << 20)).rejects.toThrow(/ends too early/);
    }
  });

  it("is refused without its signature", async () => {
    const bytes = wireBytes(await apacheContent());
    bytes[bytes.length - 1] = 0x21;
    await expect(received(bytes, 1 << 20)).rejects.toThrow(/signature/);
  });
});
