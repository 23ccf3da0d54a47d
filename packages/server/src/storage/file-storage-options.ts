import { type Clock, type Logger, type Meter, silentLogger, silentMeter, systemClock } from "@conclave/runtime";
import { type FileLayer, systemFiles } from "./file-layer.js";
import type { WrittenCompression } from "./file-names.js";
import { MIN_RETAINED_SNAPSHOTS } from "./purge.js";

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
  /** Whether folders that are missing are created (`datadir.autocreate`). @default true */
  readonly createsFolders?: boolean | undefined;
  /** A write of the log that takes more milliseconds is told to the log (`fsync.warningthresholdms`). @default 1_000 */
  readonly slowWriteMs?: number | undefined;
  /** Whether the tree's digest is written with each transaction and snapshot (`digest.enabled`). @default true */
  readonly digestEnabled?: boolean | undefined;
  /** How snapshots are written (`snapshot.compression.method`); all kinds but Snappy are read. @default "none" */
  readonly snapshotCompression?: WrittenCompression | undefined;
  /**
   * How many snapshots a purge leaves, with the logs that build on them (`autopurge.snapRetainCount`); 3 at least.
   * @default 3
   */
  readonly snapRetainCount?: number | undefined;
  /**
   * How often older ones are removed, in milliseconds, the first time right after recovery (`autopurge.purgeInterval`);
   * 0: never. @default 0
   */
  readonly purgeIntervalMs?: number | undefined;
  /** What times the purges. @default the machine's */
  readonly clock?: Clock | undefined;
  /**
   * Takes `fsynctime` and `snapshottime`, in milliseconds: what each write of the log and each snapshot took.
   * @default measures nothing
   */
  readonly meter?: Meter | undefined;
  /** The file system. @default the machine's */
  readonly files?: FileLayer | undefined;
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
  const { snapRetainCount = MIN_RETAINED_SNAPSHOTS, purgeIntervalMs = 0 } = options;
  if (!Number.isSafeInteger(snapRetainCount) || snapRetainCount < MIN_RETAINED_SNAPSHOTS) {
    throw new RangeError(
      `snapRetainCount must be a whole number, ${MIN_RETAINED_SNAPSHOTS} or more, and not ${snapRetainCount}`,
    );
  }
  if (!(purgeIntervalMs >= 0)) {
    throw new RangeError(`purgeIntervalMs must be a number of milliseconds, 0 or more, and not ${purgeIntervalMs}`);
  }
  return Object.freeze({
    dataDir,
    dataLogDir: options.dataLogDir ?? dataDir,
    preallocBytes,
    forceSync: options.forceSync ?? true,
    trustEmptySnapshot: options.trustEmptySnapshot ?? false,
    digestEnabled: options.digestEnabled ?? true,
    createsFolders: options.createsFolders ?? true,
    slowWriteMs: options.slowWriteMs ?? 1_000,
    snapshotCompression: options.snapshotCompression ?? "none",
    snapRetainCount,
    purgeIntervalMs,
    clock: options.clock ?? systemClock,
    meter: options.meter ?? silentMeter,
    files: options.files ?? systemFiles,
    logger: options.logger ?? silentLogger,
  });
}
