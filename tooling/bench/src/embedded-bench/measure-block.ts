import { join } from "node:path";
import { Child } from "../processes/child.ts";
import type { Progress } from "../report/progress.ts";
import type { Table } from "../report/table.ts";
import { threeDigits } from "../report/three-digits.ts";
import type { AppOrder } from "./app-process.ts";
import { startReplicaSet } from "./replica-set.ts";
import type { WriteReport, WritesDone } from "./write-load-process.ts";

const THREADS = ["worker", "main"] as const;

/** Ticks as ZooKeeper's servers have them by default, and the default of embedded ones. */
const TICKS_MS = [2_000, 500] as const;

/** Bound of a step beyond its own duration; only a hang reaches it. */
const LIMIT_MS = 120_000;

interface Blocked extends WritesDone {
  /** Time until the replica served clients again, after its event loop went on. */
  readonly readyAfterMs: number;
}

/**
 * Blocks the event loop of the app that carries the leader, once, while a client writes through another replica, one write after the
 * other. Returns the table of both threads.
 */
export async function measureBlock(seconds: number, progress: Progress): Promise<Table> {
  const rows: string[][] = [];
  for (const tickTimeMs of TICKS_MS) {
    for (const thread of THREADS) {
      progress.show(`the event loop of the leader is blocked for ${seconds} s: ${thread}, ticks of ${tickTimeMs} ms`);
      const { count, p50Ms, longestMs, leaderChanges, readyAfterMs } = await blockOnce(thread, tickTimeMs, seconds);
      rows.push([
        thread === "worker" ? "worker thread" : "main thread",
        String(tickTimeMs),
        ...[count, p50Ms, longestMs].map(threeDigits),
        String(leaderChanges),
        threeDigits(readyAfterMs),
      ]);
    }
  }
  progress.clear();
  return {
    head: ["member in the", "tick, ms", "writes", "p50, ms", "longest, ms", "new leaders", "serves again after, ms"],
    align: ["left", "right", "right", "right", "right", "right", "right"],
    rows,
  };
}

async function blockOnce(thread: "worker" | "main", tickTimeMs: number, seconds: number): Promise<Blocked> {
  const set = await startReplicaSet(thread, { tickTimeMs });
  const writer = new Child<WriteReport>(join(import.meta.dirname, "write-load-process.ts"));
  try {
    const { leader, servers } = await set.leadership();
    const app = set.apps[leader]!;
    const [done, writing] = [writer.next("done", seconds * 1000 + LIMIT_MS), writer.next("writing")];
    writer.send({ type: "run", servers: servers[(leader + 1) % servers.length]!, seconds });
    await writing;
    const unblocked = app.next("unblocked", seconds * 1000 + LIMIT_MS);
    app.send({ type: "block", ms: seconds * 1000 } satisfies AppOrder);
    const [writes] = await Promise.all([done, unblocked]);
    const unblockedAt = performance.now();
    await set.serves(leader);
    return { ...writes, readyAfterMs: performance.now() - unblockedAt };
  } finally {
    await Promise.all([writer.stop(), set.close()]);
  }
}
