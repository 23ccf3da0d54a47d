/**
 * `corrupt-log`, `corrupt-snapshot`: bytes on disk are not what was written. `gap`: transactions are missing.
 * `no-snapshot`: a log without the snapshot that it builds on. `unsupported`: a format that this version cannot read.
 * `misplaced`: the folders hold files of each other. `locked`: another server serves from the folder. `access`: the operating system refused. `write-failed`: a write was
 * refused, and the log takes no more.
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
  | "write-failed";

/** Storage cannot do its work. The message says what is wrong, where, and what to do, for the person who runs the server. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly code: StorageErrorCode;
  /** The file or folder. */
  readonly path: string;
  /** Where in the file, in bytes, if that is known. */
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
