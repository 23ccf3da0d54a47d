import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JuteWriter, OpCode } from "@conclave/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TxnRecord } from "../tree/txn.js";
import { systemFiles } from "./file-layer.js";
import { apacheFiles, apacheFolder } from "./golden/apache-files.js";
import { LOG_HEADER_BYTES, logHeader, writeLogRecord } from "./log-format.js";
import { readLogFile, readLogs } from "./log-reader.js";
import type { StorageError } from "./storage-error.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "conclave-log-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const setData = (zxid: bigint, data = Uint8Array.of(1, 2, 3)): TxnRecord => ({
  header: { clientId: 7n, cxid: 1, zxid, time: 1000, type: OpCode.setData },
  txn: { type: OpCode.setData, path: "/a", data, version: 1 },
});

function bytesOf(records: readonly TxnRecord[]): Uint8Array {
  const out = new JuteWriter();
  out.writeRaw(logHeader());
  for (const each of records) writeLogRecord(out, each);
  return out.take();
}

function put(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

interface Read {
  readonly records: TxnRecord[];
  readonly tornAt: number | undefined;
  /** Number of whole records after the torn one. */
  readonly behind: number | undefined;
}

async function read(path: string): Promise<Read> {
  const records: TxnRecord[] = [];
  let tornAt: number | undefined;
  let behind: number | undefined;
  const onTornTail = (_: string, offset: number, count: number): void => {
    tornAt = offset;
    behind = count;
  };
  for await (const batch of readLogFile(systemFiles, path, { onTornTail })) records.push(...batch);
  return { records, tornAt, behind };
}

async function readAll(fromZxid: bigint): Promise<{ zxids: bigint[]; repeated: bigint[] }> {
  const zxids: bigint[] = [];
  const repeated: bigint[] = [];
  const options = { fromZxid, onTornTail: () => {}, onRepeated: (_: string, zxid: bigint) => void repeated.push(zxid) };
  for await (const batch of readLogs(systemFiles, folder, options))
    zxids.push(...batch.map(({ header }) => header.zxid));
  return { zxids, repeated };
}

describe("a log of Apache ZooKeeper", () => {
  it("reads as Java reads it", async () => {
    const { records, tornAt } = await read(join(apacheFolder, "log.1"));
    expect(records).toEqual(apacheFiles.transactions);
    expect(tornAt).toBeUndefined();
  });

  it("is written with the same bytes", async () => {
    const apache = await readFile(join(apacheFolder, "log.1"));
    const ours = bytesOf(apacheFiles.transactions);
    expect(Buffer.from(ours).toString("hex")).toBe(apache.toString("hex", 0, ours.length));
    expect(apache.subarray(ours.length).every((byte) => byte === 0)).toBe(true);
  });
});

describe("a torn tail", () => {
  const records = [setData(1n), setData(2n, new Uint8Array(0)), setData(3n)];
  const bytes = bytesOf(records);
  const ends = records.map((_, index) => bytesOf(records.slice(0, index + 1)).length);
  const wholeBefore = (length: number) => ends.filter((end) => end <= length).length;

  it("ends the log at the last whole record, wherever the file was cut", async () => {
    for (let length = 0; length < bytes.length; length++) {
      const { records: found, tornAt } = await read(put("log.1", bytes.subarray(0, length)));
      const whole = wholeBefore(length);
      expect(found, `cut at ${length}`).toEqual(records.slice(0, whole));
      const end = length < LOG_HEADER_BYTES ? 0 : (ends[whole - 1] ?? LOG_HEADER_BYTES);
      expect(tornAt, `cut at ${length}`).toBe(length === end && length > 0 ? undefined : end);
    }
  });

  it("ends the log at the last whole record, wherever zeros begin in a file that was made longer ahead", async () => {
    for (let length = LOG_HEADER_BYTES; length < bytes.length; length++) {
      const padded = new Uint8Array(4096);
      padded.set(bytes.subarray(0, length));
      const { records: found } = await read(put("log.1", padded));
      expect(found, `zeros from ${length}`).toEqual(records.slice(0, wholeBefore(length)));
    }
  });
});

describe("a damaged log", () => {
  it("returns only written records, whichever byte is wrong, and reports its offset", async () => {
    const records = [setData(1n), setData(2n), setData(3n)];
    const bytes = bytesOf(records);
    for (let at = 0; at < bytes.length; at++) {
      if (at >= 8 && at < LOG_HEADER_BYTES) continue; // the dbid, which is not read
      const damaged = Uint8Array.from(bytes);
      damaged[at]! ^= 0x41;
      const found: TxnRecord[] = [];
      const path = put("log.1", damaged);
      try {
        for await (const batch of readLogFile(systemFiles, path, { onTornTail() {} })) found.push(...batch);
        expect(found.length, `byte ${at}`).toBeLessThan(records.length);
      } catch (error) {
        expect(error).toMatchObject({ name: "StorageError", code: "corrupt-log", path });
        expect((error as StorageError).message).toContain(path);
        expect((error as StorageError).offset, `byte ${at}`).toBeLessThanOrEqual(at);
      }
      expect(found).toEqual(records.slice(0, found.length));
    }
  });

  it("is an error where a record is whole but its checksum is wrong", async () => {
    const bytes = bytesOf([setData(1n), setData(2n)]);
    bytes[LOG_HEADER_BYTES + 40]! ^= 1;
    await expect(read(put("log.1", bytes))).rejects.toMatchObject({ code: "corrupt-log", offset: LOG_HEADER_BYTES });
  });

  it("of another program is an error", async () => {
    await expect(read(put("log.1", new TextEncoder().encode("just some text, not a log")))).rejects.toThrow(
      "is not a ZooKeeper transaction log",
    );
  });

  it("is not called so where a transaction is of a type that this version does not know", async () => {
    const unknown = { header: { ...setData(1n).header, type: 99 }, txn: setData(1n).txn };
    await expect(read(put("log.1", bytesOf([unknown])))).rejects.toMatchObject({ code: "unsupported" });
  });
});

describe("several logs", () => {
  const log = (...zxids: bigint[]) => put(`log.${zxids[0]!.toString(16)}`, bytesOf(zxids.map((zxid) => setData(zxid))));

  it("are read in order, from the transaction asked for", async () => {
    log(10n, 11n, 12n);
    log(2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n);
    log(1n);
    expect((await readAll(1n)).zxids).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n, 11n, 12n]);
    expect((await readAll(4n)).zxids).toEqual([4n, 5n, 6n, 7n, 8n, 9n, 10n, 11n, 12n]);
    expect((await readAll(10n)).zxids).toEqual([10n, 11n, 12n]);
    expect((await readAll(13n)).zxids).toEqual([]);
  });

  it("begin again with each epoch", async () => {
    log(1n, 2n);
    log(0x1_0000_0001n, 0x1_0000_0002n);
    log(0x5_0000_0001n);
    expect((await readAll(2n)).zxids).toEqual([2n, 0x1_0000_0001n, 0x1_0000_0002n, 0x5_0000_0001n]);
  });

  it("continue after a torn tail", async () => {
    const path = log(1n, 2n);
    writeFileSync(path, (await readFile(path)).subarray(0, -1));
    log(2n, 3n);
    expect((await readAll(1n)).zxids).toEqual([1n, 2n, 3n]);
  });

  it.each([
    ["between two files", [[1n, 2n], [4n]]],
    ["within a file", [[1n, 2n, 4n]]],
    ["before the first", [[3n]]],
    ["at the start of an epoch", [[1n, 2n], [0x1_0000_0002n]]],
  ])("are an error where transactions are missing %s", async (_, files) => {
    for (const zxids of files) log(...zxids);
    await expect(readAll(2n)).rejects.toMatchObject({ code: "gap" });
  });

  it("give a transaction once", async () => {
    log(1n, 2n, 3n);
    log(2n, 3n, 4n);
    expect(await readAll(1n)).toEqual({ zxids: [1n, 2n, 3n, 4n], repeated: [2n, 3n] });
  });
});

describe("zeros in the middle of a log", () => {
  const digest = { version: 2, treeDigest: 5n };
  const records = Array.from({ length: 100 }, (_, index) => ({ ...setData(BigInt(index + 1)), digest }));
  const ends: number[] = [];
  /** Writes records in groups, each group marked as one write. */
  function written(batch: number): Uint8Array {
    const out = new JuteWriter();
    out.writeRaw(logHeader());
    ends.length = 0;
    records.forEach((each, index) => {
      writeLogRecord(out, each, index % batch === 0);
      ends.push(out.length);
    });
    return out.take();
  }
  const zeroed = (bytes: Uint8Array, from: number, count: number) => bytes.fill(0, from, from + count);

  it("are damage if later records were written after they were durable", async () => {
    const bytes = zeroed(written(1), ends[48]!, 512);
    const failed = read(put("log.1", bytes));
    await expect(failed).rejects.toMatchObject({ code: "corrupt-log", offset: ends[48] });
    await expect(failed).rejects.toThrow(
      /is damaged: .* \(\d+ whole records follow that were written after it was durable\)/,
    );
  });

  it("end it if the records after them may belong to the same write, and these are counted", async () => {
    const bytes = zeroed(written(100), ends[48]!, 512);
    const found = await read(put("log.1", bytes));
    expect(found.records).toHaveLength(49);
    expect(found.tornAt).toBe(ends[48]);
    expect(found.behind).toBeGreaterThan(30);
  });

  it("are found after all the reserved zeros of a file", async () => {
    const bytes = written(1);
    const late = new Uint8Array(5_000_000);
    late.set(bytes.subarray(0, ends[9]));
    late.set(bytes.subarray(ends[20]), 4_000_000);
    await expect(read(put("log.1", late))).rejects.toThrow("79 whole records follow");
  });

  it("leave the log of Apache, which marks nothing, as it was", async () => {
    const out = new JuteWriter();
    for (const each of records.slice(0, 10)) writeLogRecord(out, each);
    const found = await read(put("log.1", Buffer.concat([bytesOf([setData(1n)]), new Uint8Array(4096), out.take()])));
    expect([found.records.length, found.behind]).toEqual([1, 10]);
  });
});

describe("damage that a snapshot covers", () => {
  const zxids = [1n, 2n, 3n, 4n, 5n, 6n];
  const bytes = bytesOf(zxids.map((zxid) => setData(zxid)));
  const size = (bytes.length - LOG_HEADER_BYTES) / zxids.length;
  const damagedAt = (zxid: bigint): string => {
    const damaged = Uint8Array.from(bytes);
    damaged[LOG_HEADER_BYTES + size * (Number(zxid) - 1) + size - 10]! ^= 4;
    return put("log.1", damaged);
  };
  async function readFrom(fromZxid: bigint): Promise<{ found: bigint[]; covered: string[] }> {
    const [found, covered]: [bigint[], string[]] = [[], []];
    const options = {
      ...{ fromZxid, onTornTail() {}, onRepeated() {} },
      onCoveredDamage: ({ message }: StorageError) => void covered.push(message),
    };
    for await (const batch of readLogs(systemFiles, folder, options))
      found.push(...batch.map(({ header }) => header.zxid));
    return { found, covered };
  }

  it.each([
    [1n, 4n],
    [2n, 4n],
    [3n, 4n],
    [6n, 7n],
  ])("is told, and all behind it is read: record %d, from %d on", async (damaged, fromZxid) => {
    const path = damagedAt(damaged);
    const { found, covered } = await readFrom(fromZxid);
    expect(found).toEqual(zxids.filter((zxid) => zxid >= fromZxid));
    expect(covered).toEqual([expect.stringContaining(`${path} is damaged`)]);
  });

  it.each([
    [4n, 4n],
    [5n, 4n],
    [6n, 4n],
    [6n, 6n],
  ])("is refused where it may reach beyond: record %d, from %d on", async (damaged, fromZxid) => {
    damagedAt(damaged);
    await expect(readFrom(fromZxid)).rejects.toMatchObject({ code: "corrupt-log" });
  });

  it("is not even read where a log begins with the first transaction that is wanted", async () => {
    damagedAt(2n);
    put("log.7", bytesOf([setData(7n)]));
    expect(await readFrom(7n)).toEqual({ found: [7n], covered: [] });
  });
});

it("reads records that are larger than a chunk", async () => {
  const records = [setData(1n, new Uint8Array(3_000_000).fill(7)), setData(2n), setData(3n, new Uint8Array(1_500_000))];
  expect((await read(put("log.1", bytesOf(records)))).records).toEqual(records);
});
