import { join } from "node:path";
import { writeDurably } from "./durable-file.js";
import type { FileLayer } from "./file-layer.js";
import { ACCEPTED_EPOCH_NAME, CURRENT_EPOCH_NAME } from "./file-names.js";
import { StorageError } from "./storage-error.js";

/** The epochs of Zab that a server promised and joined. */
export interface Epochs {
  /** Last epoch that this server promised to accept a leader of (LEADERINFO). */
  readonly accepted: number;
  /** Epoch of the last leader that this server followed (NEWLEADER). */
  readonly current: number;
}

/** Keeps {@link Epochs}. Each change is durable when its promise resolves. */
export interface EpochStore {
  readonly epochs: Epochs;
  /** Rejects with a `RangeError` for an epoch that is lower than the accepted one. */
  setAccepted(epoch: number): Promise<void>;
  /** Rejects with a `RangeError` for an epoch that is lower than the current one, or higher than the accepted one. */
  setCurrent(epoch: number): Promise<void>;
}

/**
 * The files `acceptedEpoch` and `currentEpoch` in the folder of the snapshots, as Apache writes them: a decimal number without
 * a line break. Each is written under another name first, and gets its name when it is durable.
 */
export class EpochFiles implements EpochStore {
  readonly #files: FileLayer;
  readonly #folder: string;
  #epochs: Epochs;

  private constructor(files: FileLayer, folder: string, epochs: Epochs) {
    this.#files = files;
    this.#folder = folder;
    this.#epochs = epochs;
  }

  /**
   * Reads both files. On a server without history they are created with epoch 0, so that they are there whenever it gets a
   * history, even if it is killed in the next moment. Throws {@link StorageError} `bad-epoch` if a file is missing
   * although the server has a history, since a guess could make it accept an epoch twice; and if a file is damaged, or the
   * current epoch is higher than the accepted one.
   */
  static async open(files: FileLayer, folder: string, lastZxid: bigint): Promise<EpochFiles> {
    const accepted = await read(files, folder, ACCEPTED_EPOCH_NAME, lastZxid);
    const current = await read(files, folder, CURRENT_EPOCH_NAME, lastZxid);
    if (current > accepted) {
      const path = join(folder, ACCEPTED_EPOCH_NAME);
      const message = `${path} has epoch ${accepted}, which is lower than ${current} in ${CURRENT_EPOCH_NAME}: one of the files is not of this server. ${REMEDY}`;
      throw new StorageError("bad-epoch", message, { path });
    }
    return new EpochFiles(files, folder, { accepted, current });
  }

  get epochs(): Epochs {
    return this.#epochs;
  }

  async setAccepted(epoch: number): Promise<void> {
    refuseLower("accepted", epoch, this.#epochs.accepted);
    await writeDurably(this.#files, join(this.#folder, ACCEPTED_EPOCH_NAME), String(epoch));
    this.#epochs = { ...this.#epochs, accepted: epoch };
  }

  async setCurrent(epoch: number): Promise<void> {
    refuseLower("current", epoch, this.#epochs.current);
    const { accepted } = this.#epochs;
    if (epoch > accepted) throw new RangeError(`current epoch ${epoch} is higher than the accepted one, ${accepted}`);
    await writeDurably(this.#files, join(this.#folder, CURRENT_EPOCH_NAME), String(epoch));
    this.#epochs = { ...this.#epochs, current: epoch };
  }
}

const REMEDY =
  "Restore both files from a backup, or empty this server's data folders and let it copy from the others of the ensemble.";
/** The epoch is the upper half of a zxid, so it has at most 32 bits. */
const MAX_EPOCH = 0xffff_ffff;
const MAX_DIGITS = 20;

export function refuseLower(which: string, epoch: number, former: number): void {
  if (epoch < former) throw new RangeError(`${which} epoch ${epoch} is lower than the former one, ${former}`);
}

async function read(files: FileLayer, folder: string, name: string, lastZxid: bigint): Promise<number> {
  const path = join(folder, name);
  if (!(await files.list(folder)).includes(name)) {
    if (lastZxid === 0n) {
      await writeDurably(files, path, "0");
      return 0;
    }
    const epoch = lastZxid >> 32n;
    const message = `${path} is missing, but this server has transactions up to epoch ${epoch}. ${REMEDY} If this data was only ever served by a standalone server, write ${epoch} into ${ACCEPTED_EPOCH_NAME} and ${CURRENT_EPOCH_NAME}.`;
    throw new StorageError("bad-epoch", message, { path });
  }
  const text = new TextDecoder().decode(await files.tail(path, MAX_DIGITS + 1));
  // Written by hand, it may end with a line break.
  const epoch = /^\d+\s*$/.test(text) ? Number(text) : Number.NaN;
  if (epoch <= MAX_EPOCH) return epoch;
  throw new StorageError("bad-epoch", `${path} is damaged: it must hold an epoch. ${REMEDY}`, { path });
}
