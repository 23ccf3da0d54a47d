import { OpCode } from "@conclave/protocol";
import type { TxnRecord } from "../tree/txn.js";
import { systemFiles } from "./file-layer.js";
import { readLogFile } from "./log-reader.js";
import { type SnapshotPiece, snapshotPieces } from "./snapshot-reader.js";

const CHUNK_BYTES = 1024 * 1024;

/** Transactions of a log in order, or, at its end, that its last write was cut short at a byte. */
export type LogFinding =
  | { readonly transactions: readonly TxnRecord[] }
  /** Torn tail of a write that was never acknowledged. */
  | {
      readonly tornAt: number;
      /** Whole transactions after the torn one, which a server leaves out. */
      readonly behind: number;
    };

/** Checks sessions, then nodes with parents before their children, then the sections after them. */
export type SnapshotFinding = SnapshotPiece;

/**
 * Reads a transaction log for people and tools; it may be longer than memory. Throws a `StorageError` where it is damaged,
 * and Node.js's error where it cannot be opened.
 */
export async function* inspectLog(path: string): AsyncGenerator<LogFinding, void, undefined> {
  let torn: LogFinding | undefined;
  const onTornTail = (_: string, tornAt: number, behind: number): void => {
    torn = { tornAt, behind };
  };
  for await (const transactions of readLogFile(systemFiles, path, { onTornTail })) yield { transactions };
  if (torn !== undefined) yield torn;
}

/** Reads a snapshot, compressed by gz or not, likewise. */
export function inspectSnapshot(path: string): AsyncGenerator<SnapshotFinding, void, undefined> {
  return snapshotPieces(systemFiles.read(path, CHUNK_BYTES), path);
}

const names = new Map<number, string>(Object.entries(OpCode).map(([name, code]) => [code, name]));

/** Returns ZooKeeper's name of a type of transaction, such as `setData`. */
export function transactionName(type: number): string {
  return names.get(type) ?? `type ${type}`;
}
