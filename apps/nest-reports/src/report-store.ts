import type { DatabaseSync, StatementSync } from "node:sqlite";
import { openDatabase } from "./open-database.js";

/** Report of one period. */
export interface Report {
  /** Number of the period; periods are numbered consecutively. */
  readonly period: number;
  /** Fencing token of the leadership under which it was made. */
  readonly token: bigint;
  readonly instance: string;
  /** Time of the record, in milliseconds since 1970. */
  readonly at: number;
}

/** Leadership, as recorded by the elected instance. */
export interface Term {
  readonly token: bigint;
  readonly instance: string;
  readonly at: number;
}

/** Thrown when a write has an older token than the newest: the writer no longer leads. */
export class StaleTokenError extends Error {
  override readonly name = "StaleTokenError";

  constructor(instance: string, token: bigint) {
    super(`${instance} wrote with the token ${token}, and the store has seen a newer one`);
  }
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS fence (one INTEGER PRIMARY KEY CHECK (one = 1), token INTEGER NOT NULL, holder TEXT NOT NULL);
  INSERT OR IGNORE INTO fence VALUES (1, 0, '');
  CREATE TABLE IF NOT EXISTS reports (period INTEGER PRIMARY KEY, token INTEGER NOT NULL, instance TEXT NOT NULL, at INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS terms (token INTEGER PRIMARY KEY, instance TEXT NOT NULL, at INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS refusals (period INTEGER NOT NULL, token INTEGER NOT NULL, instance TEXT NOT NULL, at INTEGER NOT NULL);
`;

/**
 * Reports of all instances, in one SQLite file. Each write has the writer's fencing token, and the store refuses tokens older
 * than the newest that it has seen: so a leader that was paused and replaced can do no harm. Check and write are one
 * transaction.
 */
export class ReportStore {
  readonly #db: DatabaseSync;
  readonly #advanceFence: StatementSync;
  readonly #insertReport: StatementSync;

  constructor(file: string) {
    this.#db = openDatabase(file, TABLES);
    this.#advanceFence = this.#db.prepare(
      "UPDATE fence SET token = :token, holder = :instance WHERE token < :token OR (token = :token AND holder = :instance)",
    );
    this.#insertReport = this.#db.prepare("INSERT INTO reports VALUES (:period, :token, :instance, :at)");
  }

  /** Returns the last period that has a report. */
  lastPeriod(): number | undefined {
    const row = this.#db.prepare("SELECT max(period) AS last FROM reports").get() as { last: number | null };
    return row.last ?? undefined;
  }

  /** Records that an instance was elected. */
  recordTerm({ token, instance, at }: Term): void {
    this.#db.prepare("INSERT OR IGNORE INTO terms VALUES (:token, :instance, :at)").run({ token, instance, at });
  }

  /** Records a report. Throws a {@link StaleTokenError}, and records the refusal, if a newer leader has written already. */
  record({ period, token, instance, at }: Report): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const accepted = this.#advanceFence.run({ token, instance }).changes === 1;
      const insert = accepted
        ? this.#insertReport
        : this.#db.prepare("INSERT INTO refusals VALUES (:period, :token, :instance, :at)");
      insert.run({ period, token, instance, at });
      this.#db.exec("COMMIT");
      if (!accepted) throw new StaleTokenError(instance, token);
    } finally {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
    }
  }

  /** Returns all reports, in the order of their periods. */
  reports(): Report[] {
    return this.#read("SELECT period, token, instance, at FROM reports ORDER BY period");
  }

  /** Returns all leaderships, in the order of their tokens. */
  terms(): Term[] {
    return this.#read("SELECT token, instance, at FROM terms ORDER BY token");
  }

  /** Returns all refused writes, in their order. */
  refusals(): Report[] {
    return this.#read("SELECT period, token, instance, at FROM refusals ORDER BY rowid");
  }

  /**
   * Runs `task` while no other process is in the middle of a write: it holds the write lock of the file. A process that is
   * stopped in the middle of a write keeps the lock, and every other one waits for it.
   */
  betweenWrites(task: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      task();
    } finally {
      this.#db.exec("ROLLBACK");
    }
  }

  close(): void {
    this.#db.close();
  }

  #read<T>(sql: string): T[] {
    const statement = this.#db.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all().map((row) => {
      const { period, at, ...rest } = row as Record<string, bigint>;
      return { ...rest, ...(period === undefined ? {} : { period: Number(period) }), at: Number(at) } as T;
    });
  }
}
