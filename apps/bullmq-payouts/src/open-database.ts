import { DatabaseSync } from "node:sqlite";

const SQLITE_BUSY = 5;

/**
 * Opens an SQLite file that several processes write to, any of which may be the first: `tables` makes what is missing of
 * them. A statement that finds the file locked waits, for ten seconds at most. Throws where it cannot be opened, or is no database.
 */
export function openDatabase(file: string, tables: string): DatabaseSync {
  try {
    const db = new DatabaseSync(file, { timeout: 10_000 });
    turnToWal(db);
    db.exec(`BEGIN IMMEDIATE; ${tables} COMMIT`);
    return db;
  } catch (cause) {
    throw new Error(`cannot use ${file}, a file for SQLite: ${(cause as Error).message}`, { cause });
  }
}

/**
 * With a write-ahead log nobody waits for a reader. SQLite does not let the second of two who turn a file to one wait, as
 * each would for the other: it tells that one at once that the file is busy.
 */
function turnToWal(db: DatabaseSync): void {
  for (;;) {
    try {
      db.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
      // This does wait: until the first is done.
      db.exec("BEGIN EXCLUSIVE; COMMIT");
    }
  }
}
