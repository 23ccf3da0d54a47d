import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { onAbort, seededRandom } from "@conclave/runtime";
import { InvoiceStore } from "../store/invoice-store.js";
import { placeOrders } from "./customers.js";
import { type Fault, type FaultTarget, planFaults } from "./fault-plan.js";
import { Replicas } from "./replicas.js";
import type { ChaosRecord } from "./verdict.js";

const PERIOD_MS = 500;

export interface ChaosOptions {
  readonly seed: number;
  /** Faults begin until this time has passed, and until there were `leastFaults` of them. */
  readonly seconds: number;
  readonly leastFaults: number;
  readonly sessionTimeoutMs: number;
  readonly slackMs: number;
  /** Receives what happens, line by line. */
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
  log(`three replicas serve their pages: ${ids.map((id) => replicas.urlOf(id)).join(" ")}`);

  const closing = new AbortController();
  const urls = ids.map((id) => replicas.urlOf(id));
  const ordering = placeOrders(urls, seededRandom(seed + 1), AbortSignal.any([closing.signal, stop.signal]));
  await injectFaults(options, replicas, store);
  closing.abort();
  const acknowledged = await ordering;
  await replicas.until("all orders to be closed", () => store.openOrders() === 0 || undefined);
  const readyVoters = await Promise.all(ids.map((id) => readyVotersOf(replicas, id)));
  log("all replicas are in the quorum; stopping one after the other");
  await replicas.stopAll();
  const counts = { refusals: store.refusals(), acknowledged, closed: store.closedOrders(), open: store.openOrders() };
  const times = { periodMs: PERIOD_MS, sessionTimeoutMs, slackMs };
  return { runs: store.runs(), ...counts, ...times, replicas: ids, readyVoters };
}

async function injectFaults(options: ChaosOptions, replicas: Replicas, store: InvoiceStore): Promise<void> {
  const { seed, seconds, leastFaults, log } = options;
  const startedAt = performance.now();
  let faults = 0;
  await nextRun(replicas, store);
  for (const fault of planFaults(seededRandom(seed), replicas.ids.length)) {
    if (faults >= leastFaults && performance.now() - startedAt >= seconds * 1_000) return;
    await inject(fault, replicas, store, log);
    faults++;
  }
}

/** Ends a replica, starts it again, and waits until it is in the quorum and another run has been made. */
async function inject(
  { kind, target, awayMs }: Fault,
  replicas: Replicas,
  store: InvoiceStore,
  log: ChaosOptions["log"],
): Promise<void> {
  const { id, does } = await replicas.until("a replica to take out", () => find(replicas, target));
  const how = { kill: "is killed", stop: "is stopped by SIGTERM", "lose disk": "is killed and loses its disk" }[kind];
  log(`replica ${id}${does} ${how}`);
  await replicas.end(id, kind === "stop" ? "SIGTERM" : "SIGKILL", kind === "lose disk");
  await wait(awayMs);
  const pid = replicas.start(id);
  log(`replica ${id} starts again as process ${pid}${kind === "lose disk" ? ", with an empty disk" : ""}`);
  await replicas.whenReady(id);
  const run = await nextRun(replicas, store);
  log(`replica ${id} is in the quorum again; replica ${run.replica} makes the runs, under token ${run.token}`);
}

/** Returns the replica that a fault hits, and what it does; undefined if the replicas do not know it now. */
async function find(replicas: Replicas, target: FaultTarget): Promise<{ id: number; does: string } | undefined> {
  const [any = 0] = replicas.ids;
  const seen = await replicas.seenBy(typeof target === "number" ? target : any);
  const leads = seen?.find(({ role }) => role === "leader")?.id;
  const runs = seen?.find(({ makesRuns }) => makesRuns)?.id;
  const id = target === "makes runs" ? runs : target === "leads the ensemble" ? leads : target;
  if (id === undefined || seen === undefined) return undefined;
  const parts = [...(id === runs ? ["makes the runs"] : []), ...(id === leads ? ["leads the ensemble"] : [])];
  return { id, does: parts.length === 0 ? "" : `, which ${parts.join(" and ")},` };
}

/** Waits for a run that is later than the last one now. */
async function nextRun(replicas: Replicas, store: InvoiceStore) {
  const last = store.lastRuns(1)[0]?.period ?? -1;
  return replicas.until("the next invoice run", () => store.lastRuns(1).find(({ period }) => period > last));
}

/** Waits until one replica sees all of them as ready voters. Returns those that it sees. */
function readyVotersOf(replicas: Replicas, id: number): Promise<readonly number[]> {
  return replicas.until(`replica ${id} to see all replicas in the quorum`, async () => {
    const seen = (await replicas.seenBy(id)) ?? [];
    const voters = seen.filter(({ role, isReady }) => isReady && (role === "leader" || role === "follower"));
    return voters.length === replicas.ids.length ? voters.map((each) => each.id) : undefined;
  });
}
