import type { DatabaseSync } from "node:sqlite";
import type { Payout } from "../queue/payout-queue.js";
import { openDatabase } from "./open-database.js";

/** Identity of one run of a job. */
export interface Writer {
  /** Fencing token of the grant that the job runs under. */
  readonly token: bigint;
  /** Name of the worker process. */
  readonly instance: string;
}

/** One attempt of a worker to pay a payout. */
export interface Attempt extends Writer {
  readonly account: string;
  readonly payout: string;
  readonly outcome: Outcome;
}

/**
 * Outcome of an attempt.
 *
 * - `open`: it has not ended; in a finished run, its process died.
 * - `paid`: it paid.
 * - `abandoned`: it ended without paying, and no newer attempt had begun on the account.
 * - `lost`: it ended without paying after a newer attempt had begun on the account, and knew that its grant was lost.
 * - `overtaken`: as `lost`, but its grant was still valid: two grants for the account were valid at the same time.
 */
export type Outcome = "open" | "paid" | "abandoned" | "lost" | "overtaken";

/** A write that was rejected because of its token. */
export type Rejection = Writer & { readonly account: string; readonly payout: string };

/** Thrown if a writer with a larger token has used the account. */
export class StaleTokenError extends Error {
  override readonly name = "StaleTokenError";

  constructor(account: string, { instance, token }: Writer) {
    super(`account ${account} rejected token ${token} of ${instance}: the ledger has seen a larger one`);
  }
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS fences (account TEXT PRIMARY KEY, token INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS payouts (id TEXT PRIMARY KEY, account TEXT NOT NULL, cents INTEGER NOT NULL, token INTEGER NOT NULL, instance TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS attempts (account TEXT NOT NULL, token INTEGER NOT NULL, payout TEXT NOT NULL, instance TEXT NOT NULL, outcome TEXT NOT NULL, PRIMARY KEY (account, token));
  CREATE TABLE IF NOT EXISTS rejections (account TEXT NOT NULL, payout TEXT NOT NULL, token INTEGER NOT NULL, instance TEXT NOT NULL);
`;

/**
 * Payouts of all accounts, in one SQLite file that all workers share. For each account it stores the largest token that it
 * has seen and rejects writes with a smaller one. So a worker that was paused for longer than its session cannot pay.
 * Checks and writes are one transaction.
 */
export class Ledger {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = openDatabase(file, TABLES);
  }

  /**
   * Begins an attempt. Returns false if an earlier run of the job has paid. Throws {@link StaleTokenError}, and records the
   * rejection, if the account has seen a larger token.
   */
  begin({ id, account }: Payout, writer: Writer): boolean {
    return this.#fenced(id, account, writer, () => {
      if (this.#db.prepare("SELECT 1 FROM payouts WHERE id = ?").get(id) !== undefined) return false;
      const insert = this.#db.prepare("INSERT INTO attempts VALUES (?, ?, ?, ?, 'open')");
      insert.run(account, writer.token, id, writer.instance);
      return true;
    });
  }

  /** Pays. Throws if the payout has been paid, and like {@link begin} if the account has seen a larger token. */
  pay({ id, account, cents }: Payout, writer: Writer): void {
    const { token, instance } = writer;
    this.#fenced(id, account, writer, () => {
      this.#db.prepare("INSERT INTO payouts VALUES (?, ?, ?, ?, ?)").run(id, account, cents, token, instance);
      this.#db.prepare("UPDATE attempts SET outcome = 'paid' WHERE account = ? AND token = ?").run(account, token);
    });
  }

  /**
   * Ends an attempt; does nothing if it has paid. `isLost` returns true if the writer knows that its grant is lost. It is
   * called after a larger token was found, so a process that was stopped in between cannot report a valid grant by mistake.
   */
  end({ account }: Payout, { token }: Writer, isLost: () => boolean): void {
    const isNewest =
      this.#db.prepare("SELECT 1 FROM fences WHERE account = ? AND token = ?").get(account, token) !== undefined;
    const outcome: Outcome = isNewest ? "abandoned" : isLost() ? "lost" : "overtaken";
    this.#db
      .prepare("UPDATE attempts SET outcome = ? WHERE account = ? AND token = ? AND outcome = 'open'")
      .run(outcome, account, token);
  }

  /** Returns all payouts that were paid, in the order of payment. */
  payouts(): (Payout & Writer)[] {
    return this.#read("SELECT id, account, cents, token, instance FROM payouts ORDER BY rowid");
  }

  /** Returns the number of payouts that were paid. */
  count(): number {
    return Number(this.#db.prepare("SELECT count(*) AS count FROM payouts").get()?.count);
  }

  /** Returns all attempts, in the order of their beginning. */
  attempts(): Attempt[] {
    return this.#read("SELECT * FROM attempts ORDER BY rowid");
  }

  /** Returns true if an instance has an open attempt and no newer one has begun on that account. */
  isPaying(instance: string): boolean {
    const open = this.#db.prepare(
      "SELECT 1 FROM attempts JOIN fences USING (account, token) WHERE instance = ? AND outcome = 'open'",
    );
    return open.get(instance) !== undefined;
  }

  /** Returns all rejected writes, in order. */
  rejections(): Rejection[] {
    return this.#read("SELECT * FROM rejections ORDER BY rowid");
  }

  close(): void {
    this.#db.close();
  }

  #fenced<T>(payout: string, account: string, writer: Writer, write: () => T): T {
    const { token, instance } = writer;
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const isNewest = this.#advance(account, token);
      const result = isNewest ? write() : undefined;
      if (!isNewest) {
        this.#db.prepare("INSERT INTO rejections VALUES (?, ?, ?, ?)").run(account, payout, token, instance);
      }
      this.#db.exec("COMMIT");
      if (!isNewest) throw new StaleTokenError(account, writer);
      return result as T;
    } finally {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
    }
  }

  /** Raises the fence of an account to the token. Returns false if the fence is higher. */
  #advance(account: string, token: bigint): boolean {
    const upsert = this.#db.prepare(
      "INSERT INTO fences VALUES (?, ?) ON CONFLICT DO UPDATE SET token = excluded.token WHERE token <= excluded.token",
    );
    return upsert.run(account, token).changes === 1;
  }

  #read<T>(sql: string): T[] {
    const statement = this.#db.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all().map((row) => {
      const { token, ...rest } = row as Record<string, unknown>;
      const plain = Object.entries(rest).map(([name, value]) => [
        name,
        typeof value === "bigint" ? Number(value) : value,
      ]);
      return { ...Object.fromEntries(plain), token } as T;
    });
  }
}
