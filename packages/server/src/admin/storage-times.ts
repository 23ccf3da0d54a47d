import { Summary } from "../pipeline/summary.js";

/** Durations of writes to disk in milliseconds, as storage measures them. */
export class StorageTimes {
  readonly fsync = new Summary();
  readonly snapshot = new Summary();

  observe(name: string, value: number): void {
    if (name === "fsynctime") this.fsync.observe(value);
    else if (name === "snapshottime") this.snapshot.observe(value);
  }
}
