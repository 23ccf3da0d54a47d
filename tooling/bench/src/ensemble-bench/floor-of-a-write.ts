import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureEcho, measureFloor } from "../client-bench/floor.ts";
import { Child } from "../processes/child.ts";
import { percentile } from "../report/statistics.ts";
import type { BareInput, BareReport } from "./bare-member.ts";

/** What this machine needs for a replicated write, in microseconds. */
export interface FloorOfAWrite {
  /** A TCP round trip between two processes. */
  readonly echoUs: number;
  /** A flush of a record at the end of a file that has its size already, as the log of a server has. */
  readonly fdatasyncUs: number;
  /**
   * Two round trips (client and leader, leader and follower) and one flush, as leader and follower flush at the same time: no
   * server can be faster.
   */
  readonly writeUs: number;
  /**
   * A write of the smallest replicated server in Node.js: three processes that only pass the message on, flush it and
   * acknowledge it. No server in Node.js can be faster.
   */
  readonly bareUs: number;
}

const ECHO_MS = 1_000;
const FLUSHES = 400;
const FOLLOWERS = 2;
/** Size of a set of 100 bytes in the log. */
const RECORD_BYTES = 200;
const FILE_BYTES = 1024 * 1024;

/** Measures the medians of both parts now. They change from minute to minute, as the servers' figures do. */
export async function measureFloorOfAWrite(): Promise<FloorOfAWrite> {
  const { p50Us: echoUs } = await measureFloor(ECHO_MS, process.execPath);
  const fdatasyncUs = await measureFdatasync();
  const bareUs = await measureBareWrite();
  return { echoUs, fdatasyncUs, writeUs: 2 * echoUs + fdatasyncUs, bareUs };
}

async function measureBareWrite(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "conclave-bench-"));
  const members: Child<BareReport>[] = [];
  const start = async (input: Pick<BareInput, "leader"> = {}): Promise<number> => {
    const file = join(folder, `log.${members.length}`);
    await writeFile(file, Buffer.alloc(FILE_BYTES), { flush: true });
    const member = new Child<BareReport>(join(import.meta.dirname, "bare-member.ts"), { input: { ...input, file } });
    members.push(member);
    return (await member.next("ready")).port;
  };
  try {
    const port = await start();
    for (let follower = 0; follower < FOLLOWERS; follower++) await start({ leader: port });
    return (await measureEcho({ port, durationMs: ECHO_MS }, {})).p50Us;
  } finally {
    await Promise.all(members.map((member) => member.stop()));
    await rm(folder, { recursive: true });
  }
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
