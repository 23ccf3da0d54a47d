import { type Logger, silentLogger } from "@conclave/runtime";

export interface FileStorageOptions {
  /** Holds the snapshots, in its folder `version-2`. Created if it is missing. */
  readonly dataDir: string;
  /** Holds the transaction logs, likewise. A disk of its own makes writes quicker. @default dataDir */
  readonly dataLogDir?: string | undefined;
  /** By how many bytes a log file grows ahead of its records (`preAllocSize`); 0: not at all. @default 64 MiB */
  readonly preallocBytes?: number | undefined;
  /**
   * Whether a flush waits for the disk (`forceSync`). Without, it waits for the operating system only: acknowledged
   * writes survive the death of the process, but not of the machine. @default true
   */
  readonly forceSync?: boolean | undefined;
  /** Whether a log without any snapshot is taken for the whole history (`snapshot.trust.empty`). @default false */
  readonly trustEmptySnapshot?: boolean | undefined;
  /** Whether the tree's digest is written with each transaction and snapshot (`digest.enabled`). @default true */
  readonly digestEnabled?: boolean | undefined;
  /** @default says nothing */
  readonly logger?: Logger | undefined;
}

/** Fills in the defaults. */
export function resolveFileStorageOptions(options: FileStorageOptions): Required<{
  readonly [Key in keyof FileStorageOptions]: Exclude<FileStorageOptions[Key], undefined>;
}> {
  const { dataDir, preallocBytes = 64 * 1024 * 1024 } = options;
  if (!Number.isSafeInteger(preallocBytes) || preallocBytes < 0) {
    throw new RangeError(`preallocBytes must be a whole number of bytes, 0 or more, and not ${preallocBytes}`);
  }
  return Object.freeze({
    dataDir,
    dataLogDir: options.dataLogDir ?? dataDir,
    preallocBytes,
    forceSync: options.forceSync ?? true,
    trustEmptySnapshot: options.trustEmptySnapshot ?? false,
    digestEnabled: options.digestEnabled ?? true,
    logger: options.logger ?? silentLogger,
  });
}
