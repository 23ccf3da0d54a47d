import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpCode } from "@conclave/protocol";
import { systemClock } from "@conclave/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TxnRecord } from "../tree/txn.js";
import { systemFiles } from "./file-layer.js";
import { readLogFile, readLogs } from "./log-reader.js";
import { TxnLog } from "./txn-log.js";

let folder: string;
const open: TxnLog[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "conclave-log-"));
});
afterEach(async () => {
  for (const log of open.splice(0)) await log.close().catch(() => {});
  rmSync(folder, { recursive: true, force: true });
});

function openLog(lastZxid = 0n, preAllocBytes = 0): TxnLog {
  const log = new TxnLog(
    { files: systemFiles, folder, preAllocBytes, sync: true, clock: systemClock, onWritten: () => {} },
    lastZxid,
  );
  open.push(log);
  return log;
}

const error = (zxid: bigint): TxnRecord => ({
  header: { clientId: 7n, cxid: 1, zxid, time: 1000, type: OpCode.error },
  txn: { type: OpCode.error, err: -101 },
});

async function written(name?: string): Promise<bigint[]> {
  const zxids: bigint[] = [];
  const records =
    name === undefined
      ? readLogs(systemFiles, folder, { fromZxid: 1n, onTornTail: () => {}, onRepeated: () => {} })
      : readLogFile(systemFiles, join(folder, name), { onTornTail() {} });
  for await (const batch of records) zxids.push(...batch.map(({ header }) => header.zxid));
  return zxids;
}

describe("a flush", () => {
  it("puts everything appended before it into the file, in order", async () => {
    const log = openLog();
    for (let zxid = 1n; zxid <= 500n; zxid++) log.append(error(zxid));
    await log.flush();
    expect(await written()).toEqual(Array.from({ length: 500 }, (_, index) => BigInt(index + 1)));
  });

  it("leaves records appended meanwhile to the next one, and settles in order", async () => {
    const log = openLog();
    const settled: number[] = [];
    log.append(error(1n));
    const first = log.flush().then(() => settled.push(1));
    await Promise.resolve();
    log.append(error(2n));
    const second = log.flush().then(() => settled.push(2));
    log.append(error(3n));
    const third = log.flush().then(() => settled.push(3));
    await third;
    expect(await written()).toEqual([1n, 2n, 3n]);
    await Promise.all([first, second]);
    expect(settled).toEqual([1, 2, 3]);
  });

  it("is shared by all calls of the same turn", () => {
    const log = openLog();
    log.append(error(1n));
    const first = log.flush();
    log.append(error(2n));
    expect(log.flush()).toBe(first);
  });

  it("without anything to write resolves, and creates no file", async () => {
    await openLog().flush();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("without anything new waits for the write that runs", async () => {
    const log = openLog();
    log.append(error(1n));
    void log.flush();
    await Promise.resolve();
    await log.flush();
    expect(await written()).toEqual([1n]);
  });
});

describe("a log file", () => {
  it("is named by its first transaction", async () => {
    const log = openLog(0x1_0000_00fen);
    log.append(error(0x1_0000_00ffn));
    await log.flush();
    expect(readdirSync(folder)).toEqual(["log.1000000ff"]);
  });

  it("is followed by another at the first transaction after a roll", async () => {
    const log = openLog();
    log.append(error(1n));
    log.roll();
    log.append(error(2n));
    log.append(error(3n));
    await log.flush();
    log.roll();
    log.roll();
    log.append(error(4n));
    await log.flush();
    expect(readdirSync(folder).sort()).toEqual(["log.1", "log.2", "log.4"]);
    expect(await written("log.2")).toEqual([2n, 3n]);
  });

  it("of a former process is left alone", async () => {
    const former = openLog();
    former.append(error(1n));
    await former.close();
    const before = readFileSync(join(folder, "log.1"));
    const log = openLog(1n);
    log.append(error(2n));
    await log.flush();
    expect(readFileSync(join(folder, "log.1"))).toEqual(before);
    expect(await written()).toEqual([1n, 2n]);
  });

  it("takes the place of one that never got a whole record", async () => {
    const former = openLog(0n, 1024);
    former.append(error(1n));
    await former.close();
    truncateSync(join(folder, "log.1"), 40);
    const log = openLog();
    log.append(error(1n));
    log.append(error(2n));
    await log.flush();
    expect(await written("log.1")).toEqual([1n, 2n]);
    expect(readdirSync(folder)).toEqual(["log.1"]);
  });

  it("is never put over one that has records: the flush rejects, and the other keeps them", async () => {
    const other = openLog();
    const log = openLog();
    for (const zxid of [1n, 2n, 3n]) other.append(error(zxid));
    await other.flush();
    log.append(error(1n));
    await expect(log.flush()).rejects.toThrow(`${join(folder, "log.1")} was written by another server`);
    expect(await written("log.1")).toEqual([1n, 2n, 3n]);
  });

  it("grows by the step asked for, ahead of its records", async () => {
    const log = openLog(0n, 16_384);
    for (let zxid = 1n; zxid <= 1000n; zxid++) {
      log.append(error(zxid));
      if (zxid % 50n === 0n) await log.flush();
      if (zxid === 50n) expect(statSync(join(folder, "log.1")).size).toBe(16_384);
    }
    const { size } = statSync(join(folder, "log.1"));
    expect(size % 16_384).toBe(0);
    expect(size).toBeGreaterThan(1000 * 49);
    expect((await written()).length).toBe(1000);
  });
});

describe("a write that fails", () => {
  async function fail(log: TxnLog): Promise<unknown> {
    rmSync(folder, { recursive: true });
    log.roll();
    log.append(error(2n));
    return log.flush().then(
      () => undefined,
      (reason: unknown) => reason,
    );
  }

  it("rejects with a reason that names the folder, and every later flush with the same", async () => {
    const log = openLog();
    log.append(error(1n));
    await log.flush();
    const reason = await fail(log);
    expect(reason).toMatchObject({ name: "StorageError", code: "write-failed", path: folder });
    mkdirSync(folder);
    log.append(error(3n));
    await expect(log.flush()).rejects.toBe(reason);
    await expect(log.close()).rejects.toBe(reason);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("rejects those that wait for the write after it too", async () => {
    const log = openLog();
    rmSync(folder, { recursive: true });
    log.append(error(1n));
    const first = log.flush();
    const second = Promise.resolve().then(() => {
      log.append(error(2n));
      return log.flush();
    });
    await expect(first).rejects.toMatchObject({ code: "write-failed" });
    await expect(second).rejects.toMatchObject({ code: "write-failed" });
  });
});

it("refuses a transaction that is not later than the one before", () => {
  const log = openLog(5n);
  expect(() => log.append(error(5n))).toThrow("transaction 0x5 after 0x5");
});

it("flushes when it is closed, and takes nothing afterwards", async () => {
  const log = openLog();
  log.append(error(1n));
  await log.close();
  expect(await written()).toEqual([1n]);
  expect(() => log.append(error(2n))).toThrow("append to a closed log");
});
