import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onAbort, seededRandom } from "@conclave/runtime";
import { InvoiceStore } from "../store/invoice-store.js";
import type { ChaosRecord } from "./chaos-record.js";
import { placeOrders } from "./customers.js";
import { planFaults } from "./fault-plan.js";
import { Faults } from "./faults.js";
import { Replicas } from "./replicas.js";

const PERIOD_MS = 500;

/** Settings of {@link runChaos}. */
export interface ChaosOptions {
  readonly seed: number;
  /** Faults begin until this time has passed, and until there were `leastFaults` of them. */
  readonly seconds: number;
  readonly leastFaults: number;
  readonly sessionTimeoutMs: number;
  readonly slackMs: number;
  /** Receives each event as a line. */
  readonly log: (line: string) => void;
  /** Ends the run early. */
  readonly signal: AbortSignal;
}

/**
 * Runs three replicas, injects faults into one after the other while customers place orders, and returns the record. A fault
 * begins when all replicas are in the quorum. Ends all processes and removes all files, also if it rejects.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosRecord> {
  const { seed, sessionTimeoutMs, slackMs, log } = options;
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "conclave-embedded-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const database = join(folder, "invoices.sqlite");
  const store = stack.use(new InvoiceStore(database));
  const stop = new AbortController();
  stack.defer(onAbort(options.signal, () => stop.abort(options.signal.reason)));
  const settings = { folder, database, periodMs: PERIOD_MS, sessionTimeoutMs };
  const replicas = stack.use(await Replicas.start(settings, stop));
  const { ids } = replicas;
  await Promise.all(ids.map((id) => replicas.whenReady(id)));
  const urls = ids.map((id) => replicas.urlOf(id));
  log(`three replicas serve their pages: ${urls.join(" ")}`);

  const closing = new AbortController();
  const ordering = placeOrders(urls, seededRandom(seed + 1), AbortSignal.any([closing.signal, stop.signal]));
  const faults = new Faults({ replicas, store, database, sessionTimeoutMs, log });
  await injectFaults(options, faults);
  closing.abort();
  const acknowledged = await ordering;
  await replicas.until("all orders to be closed", () => store.openOrders() === 0 || undefined);
  const readyVoters = await replicas.whenAgreed();
  log("all replicas are in the quorum; stopping one after the other");
  await replicas.stopAll();
  return {
    ...{ runs: store.runs(), drafts: store.drafts(), outages: faults.outages, refusals: store.refusals() },
    ...{ acknowledged, closed: store.closedOrders(), open: store.openOrders(), replicas: ids, readyVoters },
    ...{ periodMs: PERIOD_MS, sessionTimeoutMs, slackMs },
  };
}

async function injectFaults({ seed, seconds, leastFaults }: ChaosOptions, faults: Faults): Promise<void> {
  const startedAt = performance.now();
  await faults.nextRun();
  for (const fault of planFaults(seededRandom(seed), 3)) {
    if (faults.outages.length >= leastFaults && performance.now() - startedAt >= seconds * 1_000) return;
    await faults.inject(fault);
  }
}
