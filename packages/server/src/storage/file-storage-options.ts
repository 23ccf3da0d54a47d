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
  readonly preAllocBytes?: number | undefined;
  /**
   * Wait for the disk in a flush (`forceSync`). When false, a flush waits only for the operating system: acknowledged
   * writes survive the death of the process, but not of the machine.
   * @default true
   */
  readonly forceSync?: boolean | undefined;
  /** Accept a log without any snapshot as the whole history (`snapshot.trust.empty`). @default false */
  readonly trustEmptySnapshot?: boolean | undefined;
  /** Create missing folders (`datadir.autocreate`). @default true */
  readonly autoCreateDataDir?: boolean | undefined;
  /**
   * Duration in milliseconds above which a write of the log is logged as slow (`fsync.warningthresholdms`). @default
   * 1_000
   */
  readonly fsyncWarningThresholdMs?: number | undefined;
  /** Write the digest of the tree with each transaction and snapshot (`digest.enabled`). @default true */
  readonly digestEnabled?: boolean | undefined;
  /** Compression of new snapshots (`snapshot.compression.method`); all kinds except Snappy are read. @default "none" */
  readonly snapshotCompression?: WrittenCompression | undefined;
  /**
   * Number of snapshots that a purge keeps, with the logs that build on them (`autopurge.snapRetainCount`); 3 at least.
   * @default 3
   */
  readonly snapRetainCount?: number | undefined;
  /**
   * Interval between purges in milliseconds, the first one right after recovery (`autopurge.purgeInterval`); 0: never.
   * @default 0
   */
  readonly purgeIntervalMs?: number | undefined;
  /** Clock of the purge interval and the measurements. @default systemClock */
  readonly clock?: Clock | undefined;
  /**
   * Receives `fsynctime` and `snapshottime`, the milliseconds of each write of the log and of each snapshot.
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
  const { dataDir, preAllocBytes = 64 * 1024 * 1024 } = options;
  if (!Number.isSafeInteger(preAllocBytes) || preAllocBytes < 0) {
    throw new RangeError(`preAllocBytes must be a whole number of bytes, 0 or more, and not ${preAllocBytes}`);
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
    preAllocBytes,
    forceSync: options.forceSync ?? true,
    trustEmptySnapshot: options.trustEmptySnapshot ?? false,
    digestEnabled: options.digestEnabled ?? true,
    autoCreateDataDir: options.autoCreateDataDir ?? true,
    fsyncWarningThresholdMs: options.fsyncWarningThresholdMs ?? 1_000,
    snapshotCompression: options.snapshotCompression ?? "none",
    snapRetainCount,
    purgeIntervalMs,
    clock: options.clock ?? systemClock,
    meter: options.meter ?? silentMeter,
    files: options.files ?? systemFiles,
    logger: options.logger ?? silentLogger,
  });
}
