import { type Logger, silentLogger } from "@conclave/runtime";
import { Database } from "../database/database.js";
import { resolveServerOptions } from "../options/resolve-options.js";
import { systemFiles } from "../storage/file-layer.js";
import { StorageError } from "../storage/storage-error.js";
import { formatZxid } from "../tree/zxid.js";
import { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import { memberText } from "../zab/configuration/member.js";
import { ReplicaFile } from "./replica-file.js";
import { initialLines } from "./replica-info.js";

/** Options of {@link recoverEnsemble}. */
export interface RecoverEnsembleOptions {
  /** Directory of the replica that is to go on alone. Its process must have ended. */
  readonly dataDir: string;
  /** Name of the ensemble, and id of the replica, as in its options. */
  readonly name: string;
  readonly id: number;
  /** @default silentLogger */
  readonly logger?: Logger | undefined;
}

/** What {@link recoverEnsemble} has found and made. */
export interface RecoveredEnsemble {
  /** Zxid of the last transaction that this replica has. Later ones, which only the lost voters had, are lost. */
  readonly lastZxid: string;
  /** Ids of the former voters. The directories of the others must be removed before these start again. */
  readonly formerVoters: readonly number[];
  /** Text of the configuration from now on: this replica is the only voter. */
  readonly configuration: string;
}

/**
 * Makes the replica of a data directory the only voter of its ensemble, after a majority of the voters was lost for good. What they had
 * acknowledged and this replica had not copied is lost, so choose the replica with the greatest `lastZxid`. **No former voter may run with
 * its former directory afterwards**: together they would be a second ensemble. Remove their directories; then they join as observers, and
 * `promote` makes them voters.
 *
 * Rejects with a {@link StorageError} if the directory is in use, or not that of this replica, or has no data; nothing is changed then.
 */
export async function recoverEnsemble(options: RecoverEnsembleOptions): Promise<RecoveredEnsemble> {
  const { dataDir, name, id, logger = silentLogger } = options;
  const lock = await systemFiles.lock(dataDir);
  try {
    const file = await ReplicaFile.open(systemFiles, dataDir, { name, id, isEmpty: false });
    const { stage } = file;
    if (stage.stage !== "started") throw noData(dataDir);
    const given = stage.initial === undefined ? (stage.joined ?? "") : initialLines(stage.initial);
    const server = resolveServerOptions({ dataDir, logger });
    const { MemberState } = await import("../quorum/member-state.js");
    const state = await MemberState.open({
      ...{ id: BigInt(id), configuration: EnsembleConfiguration.parse(given), reconfigEnabled: true },
      openDatabase: () => Database.open(server, { observe: () => {} }),
      onFailure: (cause) => logger.error("cannot write the new configuration", { cause }),
    });
    try {
      const { lastZxid, currentEpoch, quorums } = state;
      if (lastZxid === 0n && currentEpoch === 0) throw noData(dataDir);
      const own =
        quorums.lastSeen.members.get(BigInt(id)) ?? EnsembleConfiguration.parse(given).members.get(BigInt(id))!;
      const line = `server.${id}=${memberText({ ...own, role: "participant" })}`;
      const version = (quorums.lastSeen.version + 1n).toString(16);
      const configuration = EnsembleConfiguration.parse(`${line}\nversion=${version}`);
      const formerVoters = [...quorums.voters].map(Number);
      state.activate(configuration);
      await file.setStage({ stage: "started", joined: configuration.toString(), hasSynced: true });
      return { lastZxid: formatZxid(lastZxid), formerVoters, configuration: configuration.toString() };
    } finally {
      await state.close();
    }
  } finally {
    await lock?.release();
  }
}

function noData(dataDir: string): StorageError {
  const message = `${dataDir} has no data of an ensemble: recover a replica that has, or remove all directories to begin with an empty ensemble.`;
  return new StorageError("wrong-replica", message, { path: dataDir });
}
