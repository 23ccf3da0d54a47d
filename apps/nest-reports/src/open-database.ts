import { DatabaseSync } from "node:sqlite";

const SQLITE_BUSY = 5;

/**
 * Opens an SQLite file that several processes write to. Each of them may be the first: `tables` creates those that are
 * missing. A statement waits up to ten seconds for a lock of the file. Throws if the file cannot be opened or is not an
 * SQLite database.
 */
export function openDatabase(file: string, tables: string): DatabaseSync {
  try {
    const db = new DatabaseSync(file, { timeout: 10_000 });
    enableWriteAheadLog(db);
    db.exec(`BEGIN IMMEDIATE; ${tables} COMMIT`);
    return db;
  } catch (cause) {
    throw new Error(`cannot use ${file} as an SQLite database: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Switches to a write-ahead log, with which writers do not wait for readers. If two processes switch at the same time,
 * SQLite reports SQLITE_BUSY to the second at once, in spite of the timeout, because each would wait for the other.
 */
function enableWriteAheadLog(db: DatabaseSync): void {
  for (;;) {
    try {
      db.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
      // This statement waits until the first process has switched.
      db.exec("BEGIN EXCLUSIVE; COMMIT");
    }
  }
}
