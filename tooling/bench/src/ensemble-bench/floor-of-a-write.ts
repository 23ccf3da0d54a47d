import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureFloor } from "../client-bench/floor.ts";
import { percentile } from "../report/statistics.ts";

/** What this machine needs for a replicated write, in microseconds: no server can be faster. */
export interface FloorOfAWrite {
  /** A TCP round trip between two processes. */
  readonly echoUs: number;
  /** A flush of a record at the end of a file that has its size already, as the log of a server has. */
  readonly fdatasyncUs: number;
  /** Two round trips (client and leader, leader and follower) and one flush: leader and follower flush at the same time. */
  readonly writeUs: number;
}

const ECHO_MS = 1_000;
const FLUSHES = 400;
/** Size of a set of 100 bytes in the log. */
const RECORD_BYTES = 200;
const FILE_BYTES = 1024 * 1024;

/** Measures the medians of both parts now. They change from minute to minute, as the servers' figures do. */
export async function measureFloorOfAWrite(): Promise<FloorOfAWrite> {
  const { p50Us: echoUs } = await measureFloor(ECHO_MS, process.execPath);
  const fdatasyncUs = await measureFdatasync();
  return { echoUs, fdatasyncUs, writeUs: 2 * echoUs + fdatasyncUs };
}

async function measureFdatasync(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "conclave-bench-"));
  const file = openSync(join(folder, "log"), "w");
  try {
    writeSync(file, Buffer.alloc(FILE_BYTES), 0, FILE_BYTES, 0);
    fdatasyncSync(file);
    const record = Buffer.alloc(RECORD_BYTES, 1);
    const tookUs = Array.from({ length: FLUSHES }, (_, index) => {
      const startedAt = performance.now();
      writeSync(file, record, 0, RECORD_BYTES, index * RECORD_BYTES);
      fdatasyncSync(file);
      return (performance.now() - startedAt) * 1000;
    });
    return percentile(tookUs, 0.5);
  } finally {
    closeSync(file);
    await rm(folder, { recursive: true });
  }
}
