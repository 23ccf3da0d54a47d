import type { Backup } from "./admin/backup-commands.js";
import type { Serving } from "./open-serving.js";
import { snapshotChunks } from "./storage/snapshot-writer.js";
import type { Authentication } from "./transport/authentication.js";

/** A snapshot of what is served: the file that storage writes, or bytes where it keeps none. */
export async function takeBackup({ storage, tree }: Serving): Promise<Backup> {
  const written = await storage.snapshot(tree.snapshotSource());
  if (written !== undefined) return written;
  // Without a log to complete it, it must be of one moment: made in one go.
  const source = tree.snapshotSource();
  const chunks = Array.from(snapshotChunks(source), (chunk) => Uint8Array.from(chunk));
  return { zxid: source.lastZxid, bytes: Buffer.concat(chunks) };
}

/**
 * Whether credentials, as the header `Authorization: <scheme> <what the scheme takes>` has them, are those of a super user.
 * Apache asks for all rights to "/", which the usual ACL gives to everybody, and with them what other ACLs protect.
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
