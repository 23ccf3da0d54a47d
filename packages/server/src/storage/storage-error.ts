/**
 * `corrupt-log`, `corrupt-snapshot`: bytes on disk differ from those that were written. `gap`: transactions are missing.
 * `no-snapshot`: there is a log without a snapshot to begin with. `unsupported`: this version cannot read the format.
 * `misplaced`: a folder holds files of the other one. `locked`: another server uses the folder. `access`: the operating system
 * refused. `not-on-record`: a transaction to truncate after is not in the history. `bad-epoch`: the epoch files are missing
 * or contradict each other. `bad-configuration`: a file with a configuration of the ensemble is damaged. `wrong-replica`: a
 * directory belongs to another replica or another ensemble. `write-failed`: a write was refused, and the log accepts no more.
 */
export type StorageErrorCode =
  | "corrupt-log"
  | "corrupt-snapshot"
  | "gap"
  | "no-snapshot"
  | "unsupported"
  | "misplaced"
  | "locked"
  | "access"
  | "not-on-record"
  | "bad-epoch"
  | "bad-configuration"
  | "wrong-replica"
  | "write-failed";

/** Error of storage. The message says what failed, where, and what to do next, for the operator of the server. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly code: StorageErrorCode;
  /** The file or folder. */
  readonly path: string;
  /** Offset in the file in bytes, if known. */
  readonly offset: number | undefined;

  constructor(
    code: StorageErrorCode,
    message: string,
    options: { readonly path: string; readonly offset?: number | undefined; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.path = options.path;
    this.offset = options.offset;
  }
}
