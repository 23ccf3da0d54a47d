/** The process with the client under test. Nothing else is loaded, because its heap is measured. Run with --expose-gc. */
import { getEventListeners } from "node:events";
import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import { connect } from "@conclave/client";
import { seededRandom } from "@conclave/runtime";
import { childInput, report } from "../processes/child.ts";
import { OperationLoop, populate, type SoakContext } from "./operation-loop.ts";
import { OperationTracker } from "./operation-tracker.ts";
import type { ClientReport } from "./sample.ts";
import { WatchTracker } from "./watch-tracker.ts";

export interface ClientInput {
  readonly connectString: string;
  readonly sessionTimeoutMs: number;
  readonly seed: number;
}

const LOOPS = 24;
/** Longer than the longest fault and the session timeout together. */
const SETTLE_LIMIT_MS = 20_000;

const input = childInput<ClientInput>();
const violation = (text: string): void => void tell({ type: "violation", text });
process.on("unhandledRejection", (reason) => violation(`an unhandled rejection: ${stackOf(reason)}`));
process.on("uncaughtException", (error) => violation(`an uncaught exception: ${stackOf(error)}`));
process.on("warning", (warning) => violation(`a warning: ${warning.stack}`));

const zk = await connect(input.connectString, {
  sessionTimeoutMs: input.sessionTimeoutMs,
  connectTimeoutMs: 10_000,
  backoff: { initialMs: 20, maxMs: 200 },
});
const states = { reconnects: 0, expiries: 0 };
zk.on("state", ({ state }) => {
  if (state === "connected") states.reconnects++;
  if (state === "expired") states.expiries++;
});
const lasting = new AbortController();
const context: SoakContext = {
  zk,
  random: seededRandom(input.seed),
  operations: new OperationTracker(violation),
  watches: new WatchTracker(violation),
  lastingSignal: lasting.signal,
  violation,
};
await populate(context, LOOPS);

let isOver = false;
/** Set while a sample is taken: the operation loops wait for it. */
let gate: Promise<void> | undefined;
let waiting = 0;

const loops = Array.from({ length: LOOPS }, async (_, index) => {
  const loop = new OperationLoop(context, index);
  while (!isOver) {
    await loop.step();
    waiting++;
    await gate;
    waiting--;
  }
});
const overdue = setInterval(() => {
  for (const text of context.operations.overdue(SETTLE_LIMIT_MS)) violation(text);
}, 2_000);

process.on("message", ({ type }: { type: "sample" | "close" }) => void (type === "sample" ? sample() : close()));
process.once("disconnect", () => process.exit(1));
await tell({ type: "ready" });

async function sample(): Promise<void> {
  let open = (): void => {};
  gate = new Promise((resolve) => {
    open = resolve;
  });
  await until("connect again", () => zk.state === "connected");
  await until("settle every operation", () => waiting === LOOPS && context.operations.open === 0);
  // Finalizers run in later turns of the event loop, and only then is the memory that they release garbage.
  for (let round = 0; round < 3; round++) {
    globalThis.gc!();
    await turn();
  }
  const heapBytes = process.memoryUsage().heapUsed;
  await tell({
    type: "sample",
    heapBytes,
    resources: resources(),
    endings: { ...context.operations.endings },
    watches: { ...context.watches.counts },
    ...states,
  });
  gate = undefined;
  open();
}

async function close(): Promise<void> {
  isOver = true;
  await Promise.all(loops);
  clearInterval(overdue);
  await zk.close();
  // A socket that was ended waits for the end of the other side.
  const left = () => process.getActiveResourcesInfo().filter((name) => /^TCP|^Timeout$|^TLS/.test(name));
  for (let waited = 0; left().length > 0 && waited < 20; waited++) await new Promise((done) => setImmediate(done));
  for (let waited = 0; left().length > 0 && waited < 20; waited++) await delay(100, undefined, { ref: false });
  await tell({ type: "closed", left: left() });
  process.exit(0);
}

function resources(): Record<string, number> {
  const counts: Record<string, number> = {
    "listeners of a signal": getEventListeners(lasting.signal, "abort").length,
    "listeners of the process": process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function until(action: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + SETTLE_LIMIT_MS;
  while (!holds()) {
    if (performance.now() > deadline)
      return violation(`after ${SETTLE_LIMIT_MS} ms without a fault the client did not ${action}`);
    await delay(10);
  }
}

async function tell(message: ClientReport): Promise<void> {
  await report(message);
}

function stackOf(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
}
