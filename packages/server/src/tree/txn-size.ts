import type { Acl } from "@conclave/protocol";
import type { Txn } from "./txn.js";

/**
 * Maximum size of a transaction in bytes. Logs and snapshots are read in records of at most 256 MiB, so that a damaged
 * length is recognised; a larger transaction could not be read back.
 */
export const MAX_TXN_BYTES = 255 * 1024 * 1024;
/** The most that is read. */
export const MAX_RECORD_BYTES = 256 * 1024 * 1024;

/** Header, numbers and lengths of any transaction. */
const FIXED_BYTES = 128;
/** In UTF-8, at most. */
const stringBytes = (text: string): number => 4 + 3 * text.length;

/** At least as many bytes as the transaction has on record. */
export function txnBytes(txn: Txn): number {
  let bytes = FIXED_BYTES;
  if ("path" in txn) bytes += stringBytes(txn.path);
  if ("data" in txn && txn.data !== null) bytes += txn.data.length;
  if ("acl" in txn) bytes += aclBytes(txn.acl);
  if ("txns" in txn) for (const each of txn.txns) bytes += txnBytes(each);
  if ("paths" in txn && txn.paths !== null) for (const each of txn.paths) bytes += stringBytes(each);
  return bytes;
}

function aclBytes(acl: readonly Acl[]): number {
  let bytes = 4;
  for (const { id } of acl) bytes += 4 + stringBytes(id.scheme) + stringBytes(id.id);
  return bytes;
}
