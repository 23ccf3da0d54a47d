import { DatabaseSync } from "node:sqlite";

const SQLITE_BUSY = 5;

/**
 * Opens an SQLite file that several processes write to; `tables` creates missing tables. A statement that finds the file
 * locked waits for ten seconds at most. Throws if the file cannot be opened, or is no database.
 */
export function openDatabase(file: string, tables: string): DatabaseSync {
  try {
    const db = new DatabaseSync(file, { timeout: 10_000 });
    turnToWal(db);
    db.exec(`BEGIN IMMEDIATE; ${tables} COMMIT`);
    return db;
  } catch (cause) {
    throw new Error(`cannot open the SQLite database ${file}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Switches to a write-ahead log, with which no writer waits for a reader. If two processes switch at once, each would wait
 * for the other: SQLite fails one of them at once, with the error that the file is busy.
 */
function turnToWal(db: DatabaseSync): void {
  for (;;) {
    try {
      db.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
      // This waits until the other process has switched.
      db.exec("BEGIN EXCLUSIVE; COMMIT");
    }
  }
}
