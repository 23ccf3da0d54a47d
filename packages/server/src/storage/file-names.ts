/*
 * Names of Apache ZooKeeper's files. A log is named by its first transaction, a snapshot by the last one that was
 * applied when it began, both in hexadecimal without leading zeros (java.lang.Long.toHexString).
 */

/** The folder within dataDir and dataLogDir that holds the files; it changes with the format. */
export const VERSION_FOLDER = "version-2";

/** Compression of a snapshot (`snapshot.compression.method`), shown by the end of its name. */
export type Compression = "none" | "gz" | "snappy";

/** Kinds of compression that are written. Snappy is only recognised by its name. */
export type WrittenCompression = Exclude<Compression, "snappy">;

export interface LogName {
  readonly name: string;
  readonly firstZxid: bigint;
}

export interface SnapshotName {
  readonly name: string;
  readonly zxid: bigint;
  readonly compression: Compression;
}

const LOG = /^log\.([0-9a-f]{1,16})$/;
const SNAPSHOT = /^snapshot\.([0-9a-f]{1,16})(?:\.(gz|snappy))?$/;
const UNFINISHED = /^unfinished-(?:(?:log|snapshot)\.[0-9a-f]{1,16}|session-secret|acceptedEpoch|currentEpoch)$/;

const parseZxid = (hex: string): bigint => BigInt.asIntN(64, BigInt(`0x${hex}`));
const hex = (zxid: bigint): string => BigInt.asUintN(64, zxid).toString(16);

/** File with the secret from which session passwords are derived. */
export const SECRET_NAME = "session-secret";

/** Files of Apache's with the epochs of Zab. */
export const ACCEPTED_EPOCH_NAME = "acceptedEpoch";
export const CURRENT_EPOCH_NAME = "currentEpoch";

export const logName = (firstZxid: bigint): string => `log.${hex(firstZxid)}`;
export const snapshotName = (zxid: bigint, compression: Compression = "none"): string =>
  `snapshot.${hex(zxid)}${compression === "none" ? "" : `.${compression}`}`;

/**
 * The name of a file until it is whole. Apache takes whatever starts with `log.` or `snapshot.` for the thing itself, so
 * this starts otherwise.
 */
export const unfinishedName = (name: string): string => `unfinished-${name}`;
export const isUnfinished = (name: string): boolean => UNFINISHED.test(name);

const RESTORED = /^restored\.([0-9a-f]{1,16})$/;

/** Name of a snapshot that is to replace everything else; see install-snapshot.ts. */
export const restoredName = (zxid: bigint): string => `restored.${hex(zxid)}`;

/** `undefined` if it is another name. */
export function zxidOfRestored(name: string): bigint | undefined {
  const match = RESTORED.exec(name);
  return match === null ? undefined : parseZxid(match[1]!);
}

const byZxid = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** The logs among `names`, oldest first. */
export function logsAmong(names: readonly string[]): LogName[] {
  return names
    .flatMap((name) => {
      const match = LOG.exec(name);
      return match === null ? [] : [{ name, firstZxid: parseZxid(match[1]!) }];
    })
    .sort((a, b) => byZxid(a.firstZxid, b.firstZxid));
}

/** The snapshots among `names`, newest first. */
export function snapshotsAmong(names: readonly string[]): SnapshotName[] {
  return names
    .flatMap((name) => {
      const match = SNAPSHOT.exec(name);
      if (match === null) return [];
      return [{ name, zxid: parseZxid(match[1]!), compression: (match[2] ?? "none") as Compression }];
    })
    .sort((a, b) => byZxid(b.zxid, a.zxid));
}
