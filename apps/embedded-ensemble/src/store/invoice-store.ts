import { DatabaseSync, type StatementSync } from "node:sqlite";

/** Invoice run of one period: it closes the open orders that were placed before the period ended. */
export interface InvoiceRun {
  /** Number of the period; periods are numbered consecutively. */
  readonly period: number;
  /** Fencing token of the leadership under which it was made. */
  readonly token: bigint;
  /** Id of the replica that made it. */
  readonly replica: number;
  /** Time of the record, in milliseconds since 1970. */
  readonly at: number;
  /** Number of orders that it closed. */
  readonly orders: number;
  /** Sum of these orders. */
  readonly cents: number;
}

/** Leadership of a replica that wants to write. */
export interface Term {
  readonly token: bigint;
  readonly replica: number;
}

/** Record that a leader has begun to prepare an invoice run. */
export interface Draft extends Term {
  readonly period: number;
  readonly at: number;
}

/** Thrown when a replica writes under an older token than the newest: it no longer leads. */
export class StaleTokenError extends Error {
  override readonly name = "StaleTokenError";

  constructor({ token, replica }: Term) {
    super(`replica ${replica} wrote under the token ${token}, and a later leader has begun`);
  }
}

/** The table of runs refuses no second run of a period: the check of a chaos run must be able to find one. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS fence (one INTEGER PRIMARY KEY CHECK (one = 1), token INTEGER NOT NULL);
  INSERT OR IGNORE INTO fence VALUES (1, 0);
  CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, cents INTEGER NOT NULL, at INTEGER NOT NULL, period INTEGER);
  CREATE INDEX IF NOT EXISTS open_orders ON orders (at) WHERE period IS NULL;
  CREATE TABLE IF NOT EXISTS runs (period INTEGER NOT NULL, token INTEGER NOT NULL, replica INTEGER NOT NULL, at INTEGER NOT NULL, orders INTEGER NOT NULL, cents INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS runs_by_period ON runs (period);
  CREATE TABLE IF NOT EXISTS drafts (period INTEGER NOT NULL, token INTEGER NOT NULL, replica INTEGER NOT NULL, at INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS refusals (token INTEGER NOT NULL, replica INTEGER NOT NULL, at INTEGER NOT NULL);
`;

/**
 * Orders and invoice runs, in one SQLite file that all replicas open. Runs are written under the leader's fencing token, and the
 * store refuses tokens older than the newest that it has seen: a leader that was paused and replaced writes nothing. A refused
 * write is recorded, so that it can be seen.
 */
export class InvoiceStore implements Disposable {
  readonly #db: DatabaseSync;
  readonly #advanceFence: StatementSync;

  constructor(file: string) {
    try {
      this.#db = new DatabaseSync(file, { timeout: 30_000 });
      this.#db.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT`);
    } catch (cause) {
      throw new Error(`cannot use ${file} as an SQLite database: ${(cause as Error).message}`, { cause });
    }
    this.#advanceFence = this.#db.prepare("UPDATE fence SET token = :token WHERE token <= :token");
  }

  /** Records an order; returns its number. */
  addOrder(order: { readonly customer: string; readonly cents: number; readonly at: number }): number {
    const insert = this.#db.prepare("INSERT INTO orders (customer, cents, at) VALUES (:customer, :cents, :at)");
    return Number(insert.run({ ...order }).lastInsertRowid);
  }

  /**
   * Begins an invoice run: from now on, writes of earlier leaders are refused. Returns the first period without a run, and records
   * a draft of it; undefined if all periods up to `last` have one. The first run ever is that of `last`. Throws a
   * {@link StaleTokenError} if a later leader has begun.
   */
  beginRun(term: Term, last: number): number | undefined {
    return this.#under(term, () => {
      const newest = this.#db.prepare("SELECT max(period) AS period FROM runs").get() as { period: number | null };
      const period = (newest.period ?? last - 1) + 1;
      if (period > last) return undefined;
      const insert = this.#db.prepare("INSERT INTO drafts VALUES (:period, :token, :replica, :at)");
      insert.run({ period, token: term.token, replica: term.replica, at: Date.now() });
      return period;
    });
  }

  /**
   * Closes a period: the open orders placed before `endsAt` belong to it. Returns the run. Throws a {@link StaleTokenError} if a
   * later leader has begun, and closes nothing.
   */
  closePeriod(term: Term, period: number, endsAt: number): InvoiceRun {
    return this.#under(term, () => {
      const due = "period IS NULL AND at < :endsAt";
      const { orders, cents } = this.#db
        .prepare(`SELECT count(*) AS orders, coalesce(sum(cents), 0) AS cents FROM orders WHERE ${due}`)
        .get({ endsAt }) as { orders: number; cents: number };
      this.#db.prepare(`UPDATE orders SET period = :period WHERE ${due}`).run({ period, endsAt });
      const run = { period, token: term.token, replica: term.replica, at: Date.now(), orders, cents };
      this.#db.prepare("INSERT INTO runs VALUES (:period, :token, :replica, :at, :orders, :cents)").run(run);
      return run;
    });
  }

  /** Returns the last `count` runs, the newest first. */
  lastRuns(count: number): InvoiceRun[] {
    return this.#readRuns("ORDER BY rowid DESC LIMIT ?", count);
  }

  /** Returns all runs, in the order in which they were written. */
  runs(): InvoiceRun[] {
    return this.#readRuns("ORDER BY rowid");
  }

  /** Returns all drafts, in the order in which they were begun. */
  drafts(): Draft[] {
    return this.#readDrafts("ORDER BY rowid");
  }

  /** Returns the newest draft if it has no run yet. */
  openDraft(): Draft | undefined {
    const [draft] = this.#readDrafts("ORDER BY rowid DESC LIMIT 1");
    const hasRun = draft !== undefined && this.#readRuns("WHERE period = ?", draft.period).length > 0;
    return hasRun ? undefined : draft;
  }

  /** Returns the number of orders that no run has closed. */
  openOrders(): number {
    return this.#count("SELECT count(*) AS count FROM orders WHERE period IS NULL");
  }

  /** Returns the number of orders that runs have closed. */
  closedOrders(): number {
    return this.#count("SELECT count(*) AS count FROM orders WHERE period IS NOT NULL");
  }

  /** Returns the number of refused writes. */
  refusals(): number {
    return this.#count("SELECT count(*) AS count FROM refusals");
  }

  close(): void {
    this.#db.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Runs `write` in one transaction with the check of the token. */
  #under<T>(term: Term, write: () => T): T {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const isAccepted = this.#advanceFence.run({ token: term.token }).changes === 1;
      const result = isAccepted ? write() : undefined;
      if (!isAccepted) this.#refuse(term);
      this.#db.exec("COMMIT");
      if (!isAccepted) throw new StaleTokenError(term);
      return result as T;
    } finally {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
    }
  }

  #refuse({ token, replica }: Term): void {
    this.#db.prepare("INSERT INTO refusals VALUES (:token, :replica, :at)").run({ token, replica, at: Date.now() });
  }

  #readRuns(rest: string, ...values: number[]): InvoiceRun[] {
    const statement = this.#db.prepare(`SELECT period, token, replica, at, orders, cents FROM runs ${rest}`);
    statement.setReadBigInts(true);
    return statement.all(...values).map((row) => {
      const { token, period, replica, at, orders, cents } = row as Record<keyof InvoiceRun, bigint>;
      const numbers = { period: Number(period), replica: Number(replica), at: Number(at) };
      return { ...numbers, token, orders: Number(orders), cents: Number(cents) };
    });
  }

  #readDrafts(rest: string): Draft[] {
    const statement = this.#db.prepare(`SELECT period, token, replica, at FROM drafts ${rest}`);
    statement.setReadBigInts(true);
    return statement.all().map((row) => {
      const { token, period, replica, at } = row as Record<keyof Draft, bigint>;
      return { token, period: Number(period), replica: Number(replica), at: Number(at) };
    });
  }

  #count(sql: string): number {
    return (this.#db.prepare(sql).get() as { count: number }).count;
  }
}
