import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "./open-database.js";
import { StaleTokenError } from "./report-store.js";

/** Summary of all reports. */
export interface Summary {
  readonly reports: number;
  /** Fencing token of the lock under which it was made. */
  readonly token: bigint;
  readonly instance: string;
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS summary (one INTEGER PRIMARY KEY CHECK (one = 1), reports INTEGER NOT NULL, token INTEGER NOT NULL, instance TEXT NOT NULL);
  INSERT OR IGNORE INTO summary VALUES (1, 0, 0, '');
`;

/** Newest summary, in the SQLite file of the reports. A summary that was made under an older lock is refused. */
export class SummaryStore {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = openDatabase(file, TABLES);
  }

  /** Replaces the summary. Throws a {@link StaleTokenError} if a newer lock has written one already. */
  record({ reports, token, instance }: Summary): void {
    const { changes } = this.#db
      .prepare("UPDATE summary SET reports = :reports, token = :token, instance = :instance WHERE token < :token")
      .run({ reports, token, instance });
    if (changes !== 1) throw new StaleTokenError(instance, token);
  }

  /** Returns the newest summary; before the first, one of no reports with the token 0. */
  read(): Summary {
    const statement = this.#db.prepare("SELECT reports, token, instance FROM summary");
    statement.setReadBigInts(true);
    const { reports, token, instance } = statement.get() as { reports: bigint; token: bigint; instance: string };
    return { reports: Number(reports), token, instance };
  }

  close(): void {
    this.#db.close();
  }
}
