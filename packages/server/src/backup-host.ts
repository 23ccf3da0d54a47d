import { OPEN_ACL_UNSAFE, Permission } from "@conclave/protocol";
import type { Backup } from "./admin/backup-commands.js";
import type { Serving } from "./open-serving.js";
import { snapshotChunks } from "./storage/snapshot-writer.js";
import type { Authentication } from "./transport/authentication.js";
import { isAllowed } from "./tree/acl-check.js";

/** A snapshot of what is served: the file that storage writes, or bytes where it keeps none. */
export async function takeBackup({ storage, tree }: Serving): Promise<Backup> {
  const written = await storage.snapshot(tree.snapshotSource());
  if (written !== undefined) return written;
  // Without a log to complete it, it must be of one moment: made in one go.
  const source = tree.snapshotSource();
  const chunks = Array.from(snapshotChunks(source), (chunk) => Uint8Array.from(chunk));
  return { zxid: source.lastZxid, bytes: Buffer.concat(chunks) };
}

const EVERYTHING = [Permission.READ, Permission.WRITE, Permission.CREATE, Permission.DELETE, Permission.ADMIN];

/**
 * Whether credentials, as the header `Authorization: <scheme> <what the scheme takes>` has them, allow everything to "/".
 */
export function authorize(
  authentication: Authentication,
  { tree }: Serving,
  credentials: string | undefined,
  address: string,
): "yes" | "missing" | "unknown" | "forbidden" {
  if (credentials === undefined) return "missing";
  const [scheme = "", secret, ...more] = credentials.split(" ");
  const ids = more.length > 0 ? undefined : authentication.idsOfHeader(scheme, secret, address);
  if (ids === undefined) return "unknown";
  const acl = tree.get("/")?.acl ?? OPEN_ACL_UNSAFE;
  return EVERYTHING.every((permission) => isAllowed(acl, permission, ids)) ? "yes" : "forbidden";
}
