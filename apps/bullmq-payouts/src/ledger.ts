import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "./open-database.js";
import type { Payout } from "./payout.js";

/** Who writes: one run of one job. */
export interface Writer {
  /** The fencing token of the grant under which the job runs. */
  readonly token: bigint;
  readonly instance: string;
}

/** That a job came to work on an account. */
export interface Visit extends Writer {
  readonly account: string;
  readonly payout: string;
  readonly end: VisitEnd;
}

/**
 * How a visit ended.
 *
 * - `none`: it did not; its process did.
 * - `paid`: with the payout.
 * - `left`: without, and nobody had come to the account meanwhile.
 * - `lost`: without, and a larger token had come to the account: the grant of this visit was lost before.
 * - `overtaken`: as `lost`, but under a grant that was still valid: two grants were valid at once.
 */
export type VisitEnd = "none" | "paid" | "left" | "lost" | "overtaken";

/** Thrown when somebody with a larger token has come to the account since. */
export class StaleTokenError extends Error {
  override readonly name = "StaleTokenError";

  constructor(account: string, { instance, token }: Writer) {
    super(`${instance} came to account ${account} with the token ${token}, and the ledger has seen a newer one`);
  }
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS fences (account TEXT PRIMARY KEY, token INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS payouts (id TEXT PRIMARY KEY, account TEXT NOT NULL, cents INTEGER NOT NULL, token INTEGER NOT NULL, instance TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS visits (account TEXT NOT NULL, token INTEGER NOT NULL, payout TEXT NOT NULL, instance TEXT NOT NULL, end TEXT NOT NULL, PRIMARY KEY (account, token));
  CREATE TABLE IF NOT EXISTS refusals (account TEXT NOT NULL, payout TEXT NOT NULL, token INTEGER NOT NULL, instance TEXT NOT NULL);
`;

/**
 * The accounts, in one SQLite file that all workers share. Each account has a fence of its own: it refuses every writer
 * whose token is older than the newest that has come to it. So a worker that was paused, and woke up without its lock, can
 * do no harm. Checks and writes are one transaction.
 */
export class Ledger {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = openDatabase(file, TABLES);
  }

  /**
   * Comes to the account of a payout, before anything is paid. Returns whether it is to be paid: not where it has been,
   * by an earlier run of its job. Throws {@link StaleTokenError}, and notes the refusal, where a newer one has come.
   */
  open({ id, account }: Payout, writer: Writer): boolean {
    return this.#fenced(id, account, writer, () => {
      if (this.#db.prepare("SELECT 1 FROM payouts WHERE id = ?").get(id) !== undefined) return false;
      const insert = this.#db.prepare("INSERT INTO visits VALUES (?, ?, ?, ?, 'none')");
      insert.run(account, writer.token, id, writer.instance);
      return true;
    });
  }

  /** Pays, once: throws where it has been paid, and as {@link open} does. */
  pay({ id, account, cents }: Payout, writer: Writer): void {
    const { token, instance } = writer;
    this.#fenced(id, account, writer, () => {
      this.#db.prepare("INSERT INTO payouts VALUES (?, ?, ?, ?, ?)").run(id, account, cents, token, instance);
      this.#db.prepare("UPDATE visits SET end = 'paid' WHERE account = ? AND token = ?").run(account, token);
    });
  }

  /**
   * Leaves an account, whether it was paid or not. `isLost` returns true if the writer knows that its grant is lost; it is
   * called after a larger token was found, so a process that was stopped in between cannot report a valid grant by mistake.
   */
  leave({ account }: Payout, { token }: Writer, isLost: () => boolean): void {
    const isNewest =
      this.#db.prepare("SELECT 1 FROM fences WHERE account = ? AND token = ?").get(account, token) !== undefined;
    const end = isNewest ? "left" : isLost() ? "lost" : "overtaken";
    const update = this.#db.prepare("UPDATE visits SET end = ? WHERE account = ? AND token = ? AND end = 'none'");
    update.run(end, account, token);
  }

  /** All that was paid, in the order of paying. */
  payouts(): (Payout & Writer)[] {
    return this.#read("SELECT id, account, cents, token, instance FROM payouts ORDER BY rowid");
  }

  /** How many were paid. */
  count(): number {
    return Number(this.#db.prepare("SELECT count(*) AS count FROM payouts").get()?.count);
  }

  /** All visits, in the order of their coming. */
  visits(): Visit[] {
    return this.#read("SELECT * FROM visits ORDER BY rowid");
  }

  /** Whether an instance has come to an account and has neither left it nor been overtaken. */
  isInside(instance: string): boolean {
    const open = this.#db.prepare(
      "SELECT 1 FROM visits JOIN fences USING (account, token) WHERE instance = ? AND end = 'none'",
    );
    return open.get(instance) !== undefined;
  }

  /** All writers that were refused. */
  refusals(): (Writer & { readonly account: string; readonly payout: string })[] {
    return this.#read("SELECT * FROM refusals ORDER BY rowid");
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
        this.#db.prepare("INSERT INTO refusals VALUES (?, ?, ?, ?)").run(account, payout, token, instance);
      }
      this.#db.exec("COMMIT");
      if (!isNewest) throw new StaleTokenError(account, writer);
      return result as T;
    } finally {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
    }
  }

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
