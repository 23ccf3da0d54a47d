import { shownJson } from "@conclave/runtime";
import { inspectSnapshot, type SnapshotFinding } from "@conclave/server";
import { hex, jsonLine } from "./json-line.js";
import type { Output } from "./output.js";
import { quotedIfNeeded } from "./quoted.js";

type Node = Extract<SnapshotFinding, { readonly nodes: unknown }>["nodes"][number];

/** Prints a snapshot: a line for each session and each node, then its digest. Throws like `inspectSnapshot`. */
export async function printSnapshot(path: string, asJson: boolean, output: Output): Promise<undefined> {
  let nodes = 0;
  let sessions = 0;
  for await (const finding of inspectSnapshot(path)) {
    if (!output.isOpen) return undefined;
    if ("nodes" in finding) {
      nodes += finding.nodes.length;
      for (const node of finding.nodes) await output.line(asJson ? jsonLine(asObject(node)) : asText(node));
    } else if ("sessions" in finding) {
      sessions += finding.sessions.length;
      for (const { id, timeoutMs } of finding.sessions) {
        await output.line(asJson ? jsonLine({ session: id, timeoutMs }) : `session ${hex(id)} timeout ${timeoutMs} ms`);
      }
    } else {
      const { digest, lastZxid } = finding.trailer;
      if (asJson) await output.line(jsonLine({ lastZxid, digest }));
      else await output.line(summary(nodes, sessions, finding.trailer));
    }
    await output.flush();
  }
  return undefined;
}

function summary(
  nodes: number,
  sessions: number,
  { digest, lastZxid }: Extract<SnapshotFinding, { readonly trailer: unknown }>["trailer"],
): string {
  const parts = [`${nodes} nodes, ${sessions} sessions`];
  if (lastZxid !== undefined) parts.push(`of transaction ${hex(lastZxid)}`);
  if (digest !== undefined) parts.push(`digest ${hex(digest.digest)} at ${hex(digest.zxid)}`);
  return parts.join(", ");
}

const pathOf = ({ path }: Node): string => (path === "" ? "/" : path);

function asObject(node: Node): unknown {
  const { ctime, mtime, ...stat } = node.stat;
  const times = { ctime: new Date(ctime).toISOString(), mtime: new Date(mtime).toISOString() };
  return { path: pathOf(node), data: node.data, acl: node.acl ?? "open", ...stat, ...times };
}

function asText(node: Node): string {
  const { czxid, mzxid, version, ephemeralOwner, mtime } = node.stat;
  const data = node.data === null ? "no data" : `${node.data.length} bytes`;
  const owner = ephemeralOwner === 0n ? "" : ` owner ${hex(ephemeralOwner)}`;
  const acl =
    node.acl === null
      ? ""
      : ` acl ${node.acl.map(({ id, permissions }) => `${quotedIfNeeded(id.scheme)}:${quotedIfNeeded(id.id)}:${permissions}`).join(",")}`;
  const changed = new Date(mtime).toISOString();
  return `${shownJson(pathOf(node))} ${data} version ${version} czxid ${hex(czxid)} mzxid ${hex(mzxid)} ${changed}${owner}${acl}`;
}
