import type { Clock, Logger, Meter } from "@conclave/runtime";
import { sharedFiles, systemFiles } from "./file-layer.js";
import type { WrittenCompression } from "./file-names.js";
import { FileStorage } from "./file-storage.js";
import { MemoryStorage } from "./memory-storage.js";
import type { Storage } from "./storage.js";

/** Options of {@link openStorage}, named as in `ServerOptions`. */
export interface StorageChoice {
  /** Without it everything stays in memory. */
  readonly dataDir: string | undefined;
  readonly dataLogDir: string | undefined;
  readonly preAllocBytes: number;
  readonly forceSync: boolean;
  readonly trustEmptySnapshot?: boolean | undefined;
  readonly digestEnabled?: boolean | undefined;
  readonly autoCreateDataDir?: boolean | undefined;
  readonly privateFiles?: boolean | undefined;
  readonly fsyncWarningThresholdMs?: number | undefined;
  readonly snapshotCompression?: WrittenCompression | undefined;
  readonly snapRetainCount?: number | undefined;
  readonly purgeIntervalMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly meter?: Meter | undefined;
  readonly logger: Logger;
}

/** The storage that a server's options ask for. */
export function openStorage({ dataDir, preAllocBytes, privateFiles = true, ...options }: StorageChoice): Storage {
  if (dataDir === undefined) return new MemoryStorage();
  const files = privateFiles ? systemFiles : sharedFiles;
  return new FileStorage({ ...options, files, dataDir, preAllocBytes });
}
