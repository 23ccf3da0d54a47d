import type { TxnRecord } from "../../src/tree/txn.js";
import type { EnsembleConfiguration } from "../../src/zab/configuration/ensemble-configuration.js";
import { QuorumSet } from "../../src/zab/configuration/quorum-set.js";
import { ZxidHistory } from "../../src/zab/sync/zxid-history.js";

/** Part of a disk operation, and the event that reports its end. */
export interface DiskTask<Event> {
  /** Changes the disk. */
  run(): void;
  /** Returns the event, after {@link run}, if there is one. */
  event(): Event | undefined;
}

/** Disk of a server of the model: epochs, configurations, and the zxids of a snapshot and of the log after it. */
export class ModelDisk {
  configurations: QuorumSet;
  acceptedEpoch = 0;
  currentEpoch = 0;
  /** Zxids of all records whose changes are in snapshot and log. */
  zxids: bigint[] = [];
  /** Number of them that survive a power loss. */
  durable = 0;
  /** Number of them that are in the snapshot. */
  #snapshot = 0;

  constructor(initial: EnsembleConfiguration) {
    this.configurations = new QuorumSet(initial);
  }

  get last(): bigint {
    return this.zxids.at(-1) ?? 0n;
  }

  get durableZxids(): readonly bigint[] {
    return this.zxids.slice(0, this.durable);
  }

  append({ header }: TxnRecord): void {
    this.zxids.push(header.zxid);
  }

  /** Truncates exactly after `zxid`, or does nothing. */
  truncate(zxid: bigint): void {
    const count = zxid === 0n ? 0 : this.zxids.indexOf(zxid) + 1;
    if (count < this.#snapshot || (count === 0 && zxid !== 0n)) return;
    this.zxids.length = count;
    this.durable = count;
  }

  install(zxids: readonly bigint[]): void {
    this.zxids = [...zxids];
    this.durable = zxids.length;
    this.#snapshot = zxids.length;
  }

  /** Loses records that are not durable, from the number `kept` on. */
  losePower(kept: number): void {
    this.zxids.length = Math.min(this.zxids.length, Math.max(this.durable, kept));
  }

  /** Returns the records that a leader can read: the log, or its last `readable` ones. */
  history(readable: number): ZxidHistory {
    const start = Math.max(this.#snapshot, this.zxids.length - readable);
    return new ZxidHistory(this.zxids[start - 1] ?? 0n, this.zxids.slice(start));
  }
}
