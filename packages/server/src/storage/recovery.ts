import { join } from "node:path";
import type { Logger } from "@conclave/runtime";
import { formatZxid } from "../tree/zxid.js";
import { DigestCheck } from "./digest-check.js";
import type { FileLayer } from "./file-layer.js";
import { logsAmong, type SnapshotName, snapshotsAmong } from "./file-names.js";
import { readLogs } from "./log-reader.js";
import { MissingAcls } from "./missing-acls.js";
import type { RecoverySink } from "./recovery-sink.js";
import { readSnapshot } from "./snapshot-reader.js";
import type { Recovered } from "./storage.js";
import { StorageError } from "./storage-error.js";

export interface RecoveryOptions {
  readonly files: FileLayer;
  /** The folder of the snapshots. */
  readonly snapshots: string;
  /** The folder of the logs, which may be the same. */
  readonly logs: string;
  /** Accept a log without any snapshot as the whole history (`snapshot.trust.empty`). */
  readonly trustEmptySnapshot: boolean;
  readonly logger: Logger;
}

/** Reads the newest snapshot that is intact, then the log from there on. Changes nothing on disk. */
export async function recover(options: RecoveryOptions, sink: RecoverySink): Promise<Recovered> {
  const snapshots = snapshotsAmong(await options.files.list(options.snapshots));
  const logs = logsAmong(await options.files.list(options.logs));
  if (snapshots.length === 0 && logs.length === 0) {
    sink.reset();
    return { snapshotZxid: 0n, lastZxid: 0n, fresh: true, digestMismatches: 0 };
  }
  const check = new DigestCheck(options.logger);
  const missingAcls = new MissingAcls();
  const zxid = await restoreSnapshot(options, snapshots, sink, { missingAcls, check });
  const lastZxid = await replay(options, zxid, sink, { missingAcls, check });
  return { snapshotZxid: zxid, lastZxid, fresh: false, digestMismatches: check.mismatches };
}

/** Checks that accompany the recovery of a tree. */
interface Companions {
  readonly missingAcls: MissingAcls;
  readonly check: DigestCheck;
}

/** Returns the zxid of the snapshot that was restored; 0 where there is none and that is allowed. */
async function restoreSnapshot(
  { files, snapshots: folder, logs, trustEmptySnapshot, logger }: RecoveryOptions,
  snapshots: readonly SnapshotName[],
  sink: RecoverySink,
  { missingAcls, check }: Companions,
): Promise<bigint> {
  if (snapshots.length === 0) {
    if (!trustEmptySnapshot) throw noSnapshot(folder, logs);
    logger.warn("there is no snapshot: accepting the log as the whole history", { folder });
    sink.reset();
    return 0n;
  }
  const problems: unknown[] = [];
  for (const { name, zxid } of snapshots) {
    const path = join(folder, name);
    sink.reset();
    missingAcls.clear();
    try {
      const { digest } = await readSnapshot(
        { files, path },
        {
          restoreSession: (session) => sink.restoreSession(session),
          restoreNode: (node) => {
            missingAcls.note(node);
            try {
              sink.restoreNode(node);
            } catch (cause) {
              // A turned bit in a path: the checksum, which would tell, comes only at the end.
              const message = `The snapshot ${name} is damaged: ${(cause as Error).message}`;
              throw new StorageError("corrupt-snapshot", message, { path, cause });
            }
          },
        },
      );
      check.restored(zxid, digest, sink.digest);
      logger.info("restored a snapshot", { path, zxid: formatZxid(zxid) });
      return zxid;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      problems.push(error);
      logger.warn(`${error.message}; trying the previous snapshot`, { path });
    }
  }
  throw allBroken(folder, problems);
}

async function replay(
  { files, logs, logger }: RecoveryOptions,
  snapshotZxid: bigint,
  sink: RecoverySink,
  { missingAcls, check }: Companions,
): Promise<bigint> {
  let lastZxid = snapshotZxid;
  let count = 0;
  const batches = readLogs(files, logs, {
    fromZxid: snapshotZxid + 1n,
    onTornTail: (path, offset, behind) => {
      if (behind === 0) {
        logger.info("the log ends in the middle of a write, which was never acknowledged", { path, offset });
        return;
      }
      logger.warn(
        "left out whole transactions after zeros in the log: a write was cut short and never acknowledged, or the disk has lost data",
        { path, offset, transactions: behind },
      );
    },
    onCoveredDamage: (damage) =>
      logger.warn(`${damage.message} The newest snapshot contains its transactions; continuing`, { path: damage.path }),
    onRepeated: (path, zxid) => logger.warn("left out a repeated transaction", { path, zxid: formatZxid(zxid) }),
  });
  for await (const records of batches) {
    for (const record of records) {
      sink.apply(record);
      for (const repair of missingAcls.after(record)) sink.apply(repair);
      check.applied(record, sink.digest);
      lastZxid = record.header.zxid;
    }
    count += records.length;
  }
  check.done(lastZxid);
  logger.info("replayed the log", { folder: logs, transactions: count, lastZxid: formatZxid(lastZxid) });
  for (const path of missingAcls.paths) {
    logger.warn("neither snapshot nor log has the ACL of a znode: only a super user has access to it", { path });
  }
  return lastZxid;
}

function noSnapshot(folder: string, logs: string): StorageError {
  const message =
    `There are transaction logs in ${logs}, but no snapshot in ${folder} that they build on. Check dataDir and dataLogDir, ` +
    "or restore a snapshot. If the log is known to begin with the first transaction, Apache ZooKeeper makes one when it is " +
    "started once with snapshot.trust.empty=true.";
  return new StorageError("no-snapshot", message, { path: folder });
}

function allBroken(folder: string, problems: readonly unknown[]): StorageError {
  const first = problems[0] as StorageError;
  const which = problems.length === 1 ? "The only snapshot" : `Each of the ${problems.length} snapshots`;
  const message =
    `${which} in ${folder} is unreadable: ${first.message}. ` +
    "Restore one from a backup or, in an ensemble, empty this server's data folders and let it copy from the others.";
  return new StorageError(first.code, message, { path: first.path, cause: new AggregateError(problems) });
}
