import type { Backup } from "./admin/backup-commands.js";
import type { Serving } from "./open-serving.js";
import { snapshotChunks } from "./storage/snapshot-writer.js";
import type { Authentication } from "./transport/authentication.js";

/** Takes a snapshot of the current tree: a file written by storage, or bytes when storage keeps no files. */
export async function takeBackup({ storage, tree }: Serving): Promise<Backup> {
  const written = await storage.snapshot(tree.snapshotSource());
  if (written !== undefined) return written;
  // Without a log to complete it, it must be of one moment: made in one go.
  const source = tree.snapshotSource();
  const chunks = Array.from(snapshotChunks(source), (chunk) => Uint8Array.from(chunk));
  return { zxid: source.lastZxid, bytes: Buffer.concat(chunks) };
}

/**
 * Checks that credentials, in the form `Authorization: <scheme> <credentials>`, belong to a super user. Apache requires all
 * rights to "/" instead, which the usual ACL grants to every client, and so exposes data that other ACLs protect.
 */
export function authorize(
  authentication: Authentication,
  credentials: string | undefined,
  address: string,
): "yes" | "missing" | "unknown" | "forbidden" {
  if (credentials === undefined) return "missing";
  const [scheme = "", secret, ...more] = credentials.split(" ");
  const ids = more.length > 0 ? undefined : authentication.idsOfHeader(scheme, secret, address);
  if (ids === undefined) return "unknown";
  return ids.some(({ scheme }) => scheme === "super") ? "yes" : "forbidden";
}
