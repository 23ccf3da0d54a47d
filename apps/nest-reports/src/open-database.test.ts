import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openDatabase } from "./open-database.js";

const THREADS = 4;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "open-database-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

// Without BEGIN EXCLUSIVE in enableWriteAheadLog, one round in five fails.
it("lets several threads create the same database at once", async () => {
  for (let round = 0; round < 12; round++) {
    const file = join(folder, `${round}.sqlite`);
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const visit = () =>
      new Worker(new URL("./open-database.fixture.ts", import.meta.url), {
        workerData: { file, gate, threads: THREADS },
        execArgv: [],
      });
    await Promise.all(Array.from({ length: THREADS }, () => once(visit(), "exit")));
    const db = openDatabase(file, "");
    expect(db.prepare("SELECT count(*) AS count FROM visitors").get()).toEqual({ count: THREADS });
    expect(db.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    db.close();
  }
});

it("reports a path that is a folder", () => {
  expect(() => openDatabase(folder, "")).toThrow(/unable to open database file/);
});

it("names the file that cannot be used, and the reason", () => {
  expect(() => openDatabase(join(folder, "missing", "reports.sqlite"), "")).toThrow(
    /cannot use .*missing.reports\.sqlite as an SQLite database: unable to open database file/,
  );
  writeFileSync(join(folder, "text"), "not a database, but a text long enough to be read as one".repeat(20));
  expect(() => openDatabase(join(folder, "text"), "")).toThrow(
    /cannot use .*text as an SQLite database: file is not a database/,
  );
});
