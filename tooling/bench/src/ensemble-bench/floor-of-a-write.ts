import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureEcho, measureFloor } from "../client-bench/floor.ts";
import { Child } from "../processes/child.ts";
import { percentile } from "../report/statistics.ts";
import { startMeter } from "../server-bench/load/meter.ts";
import type { BareLoadInput, BareLoadReport } from "./bare-load.ts";
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
  /** CPU time of the three processes for a write when many are under way. */
  readonly bareCpuUs: number;
}

/** Messages that are under way at the same time. */
export interface BareDepth {
  readonly connections: number;
  readonly inFlight: number;
}

const ECHO_MS = 1_000;
const FLUSHES = 400;
const FOLLOWERS = 2;
/** Size of a set of 100 bytes in the log. */
const RECORD_BYTES = 200;
const FILE_BYTES = 1024 * 1024;
/** Most that a bare process writes itself: all that comes at depth 1. */
const WAIT_BYTES = 4096;
const BARE_WARM_UP = 100_000;
const BARE_MESSAGES = 100_000;

/** Measures the medians of both parts now. They change from minute to minute, as the servers' figures do. */
export async function measureFloorOfAWrite(depth: BareDepth): Promise<FloorOfAWrite> {
  const { p50Us: echoUs } = await measureFloor(ECHO_MS, process.execPath);
  const fdatasyncUs = await measureFdatasync();
  const bare = await measureBareWrites(depth);
  return { echoUs, fdatasyncUs, writeUs: 2 * echoUs + fdatasyncUs, ...bare };
}

async function measureBareWrites(depth: BareDepth): Promise<Pick<FloorOfAWrite, "bareUs" | "bareCpuUs">> {
  const folder = await mkdtemp(join(tmpdir(), "conclave-bench-"));
  const members: Child<BareReport>[] = [];
  const start = async (input: Pick<BareInput, "leader"> = {}): Promise<number> => {
    const file = join(folder, `log.${members.length}`);
    await writeFile(file, Buffer.alloc(FILE_BYTES), { flush: true });
    const whole: BareInput = { ...input, file, fileBytes: FILE_BYTES, waitBytes: WAIT_BYTES };
    const member = new Child<BareReport>(join(import.meta.dirname, "bare-member.ts"), { input: whole });
    members.push(member);
    return (await member.next("ready")).port;
  };
  try {
    const port = await start();
    for (let follower = 0; follower < FOLLOWERS; follower++) await start({ leader: port });
    const { p50Us: bareUs } = await measureEcho({ port, durationMs: ECHO_MS }, {});
    return {
      bareUs,
      bareCpuUs: await measureBareCpu(
        { ...depth, port },
        members.map(({ pid }) => pid!),
      ),
    };
  } finally {
    await Promise.all(members.map((member) => member.stop()));
    await rm(folder, { recursive: true });
  }
}

async function measureBareCpu(target: BareDepth & { readonly port: number }, pids: readonly number[]): Promise<number> {
  const input: BareLoadInput = { ...target, messageBytes: RECORD_BYTES, warmUp: BARE_WARM_UP, count: BARE_MESSAGES };
  const load = new Child<BareLoadReport>(join(import.meta.dirname, "bare-load.ts"), { input });
  try {
    await load.next("warm");
    const stop = startMeter(pids);
    await load.next("done");
    return stop().cpuUs / BARE_MESSAGES;
  } finally {
    await load.stop();
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
