import { DatabaseSync } from "node:sqlite";
import type { InvoiceRun, InvoiceStore } from "../store/invoice-store.js";
import type { Outage } from "./chaos-record.js";
import type { Fault, FaultKind, FaultTarget } from "./fault-plan.js";
import { QuorumWatch } from "./quorum-watch.js";
import type { Replicas } from "./replicas.js";

/** Time in which a writer that is not paused has finished, in milliseconds. */
const LOCK_MS = 500;

const HOW: Readonly<Record<FaultKind, string>> = {
  kill: "is killed",
  stop: "is stopped by SIGTERM",
  pause: "is paused for longer than its session",
  "lose disk": "is killed and loses its disk",
};

/** Settings of {@link Faults}. */
export interface FaultsOptions {
  readonly replicas: Replicas;
  readonly store: InvoiceStore;
  readonly database: string;
  readonly sessionTimeoutMs: number;
  readonly log: (line: string) => void;
}

/** Injects faults into replicas, one after the other. */
export class Faults {
  readonly #options: FaultsOptions;
  readonly outages: Outage[] = [];

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  /** Takes a replica out, brings it back, and waits until all replicas are in the quorum and another run has been made. */
  async inject({ kind, target, awayMs }: Fault): Promise<void> {
    const { replicas, log } = this.#options;
    const { id, does } = await replicas.until("a replica to take out", () => this.#find(target));
    const isInRun = kind === "pause" && does.includes("runs");
    const hit = isInRun ? await this.#pauseInRun() : id;
    const at = Date.now();
    const watch = new QuorumWatch(replicas, hit);
    log(`replica ${hit}${does} ${HOW[kind]}`);
    try {
      if (kind === "pause") await this.#pause(hit, awayMs, isInRun);
      else await this.#restart(hit, kind, awayMs);
      await replicas.whenReady(hit);
      await replicas.whenAgreed();
      const run = await this.nextRun();
      log(`replica ${hit} is in the quorum again; replica ${run.replica} makes the runs, under token ${run.token}`);
    } finally {
      this.outages.push({ kind, replica: hit, at, ledAt: await watch.end(), isInRun });
    }
  }

  /** Waits for a run that is later than the last one now. */
  nextRun(): Promise<InvoiceRun> {
    const { replicas, store } = this.#options;
    const last = store.lastRuns(1)[0]?.period ?? -1;
    return replicas.until("the next invoice run", () => store.lastRuns(1).find(({ period }) => period > last));
  }

  async #restart(id: number, kind: FaultKind, awayMs: number): Promise<void> {
    const { replicas, log } = this.#options;
    await replicas.end(id, kind === "stop" ? "SIGTERM" : "SIGKILL", kind === "lose disk");
    await replicas.elapse(awayMs);
    const pid = replicas.start(id);
    log(`replica ${id} starts again as process ${pid}${kind === "lose disk" ? ", with an empty disk" : ""}`);
  }

  /** Keeps a replica paused until its session has ended. If it was at work, its late write must be refused then. */
  async #pause(id: number, awayMs: number, isInRun: boolean): Promise<void> {
    const { replicas, store, sessionTimeoutMs, log } = this.#options;
    const refusals = store.refusals();
    if (!isInRun) replicas.pause(id);
    await replicas.elapse(sessionTimeoutMs + awayMs);
    if (isInRun) await this.nextRun();
    replicas.resume(id);
    log(`replica ${id} continues`);
    if (!isInRun) return;
    await replicas.until("the late write to be refused", () => store.refusals() > refusals || undefined);
    log(`the late write of replica ${id} is refused`);
  }

  /** Pauses the replica at work between the begin of an invoice run and its write. Returns its id. */
  #pauseInRun(): Promise<number> {
    const { replicas, store, database } = this.#options;
    return replicas.until("a replica to be at work", () => {
      const id = store.openDraft()?.replica;
      if (id === undefined) return undefined;
      replicas.pause(id);
      // A paused process that holds the lock of the SQLite file would stop all others: that is not the subject here.
      if (store.openDraft()?.replica === id && canLock(database)) return id;
      replicas.resume(id);
      return undefined;
    });
  }

  /** Returns the replica that a fault hits, and its roles in words; undefined if the replicas do not know it now. */
  async #find(target: FaultTarget): Promise<{ readonly id: number; readonly does: string } | undefined> {
    const { replicas } = this.#options;
    const seen = await replicas.seenBy(typeof target === "number" ? target : replicas.ids[0]!);
    const leads = seen?.find(({ role }) => role === "leader")?.id;
    const runs = seen?.find(({ makesRuns }) => makesRuns)?.id;
    const id = target === "makes runs" ? runs : target === "leads the ensemble" ? leads : target;
    if (id === undefined || seen === undefined) return undefined;
    const parts = [...(id === runs ? ["makes the runs"] : []), ...(id === leads ? ["leads the ensemble"] : [])];
    return { id, does: parts.length === 0 ? "" : `, which ${parts.join(" and ")},` };
  }
}

function canLock(file: string): boolean {
  const db = new DatabaseSync(file, { timeout: LOCK_MS });
  try {
    db.exec("BEGIN EXCLUSIVE; ROLLBACK");
    return true;
  } catch {
    return false;
  } finally {
    db.close();
  }
}
