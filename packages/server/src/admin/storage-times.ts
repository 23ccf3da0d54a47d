import { Summary } from "../pipeline/summary.js";

/** What writing to disk took, in milliseconds: takes what storage measures. */
export class StorageTimes {
  readonly fsync = new Summary();
  readonly snapshot = new Summary();

  observe(name: string, value: number): void {
    if (name === "fsynctime") this.fsync.observe(value);
    else if (name === "snapshottime") this.snapshot.observe(value);
  }
}
