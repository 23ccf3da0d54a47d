/**
 * Writes to an ensemble, each write after the last one's answer, or at a steady rate. Reports the times, and how often the leader
 * changed: each leader has an epoch of its own, which is the upper half of the zxid of a write.
 */
import { setTimeout as delay } from "node:timers/promises";
import { CreateMode, connect } from "@conclave/client";
import { report } from "../processes/child.ts";
import { type Latencies, latenciesOf } from "./latencies.ts";

export interface WriteLoad {
  readonly servers: string;
  /** Undefined for one after the other. */
  readonly perSecond?: number;
  readonly seconds: number;
}

export type WriteReport = { readonly type: "writing" } | WritesDone;

export interface WritesDone extends Latencies {
  readonly type: "done";
  readonly leaderChanges: number;
}

const DATA = Buffer.alloc(100);
const INTERVAL_MS = 5;

process.on("message", (load: WriteLoad) => void run(load).then((done) => report<WriteReport>(done)));
process.once("disconnect", () => process.exit(0));

async function run({ servers, perSecond, seconds }: WriteLoad): Promise<WritesDone> {
  await using zk = await connect(servers, { sessionTimeoutMs: 60_000, connectTimeoutMs: 60_000 });
  const path = await zk.create("/bench-", DATA, { mode: CreateMode.EPHEMERAL_SEQUENTIAL });
  const epochs = new Set([(await zk.setData(path, DATA)).mzxid >> 32n]);
  await report<WriteReport>({ type: "writing" });
  const times: number[] = [];
  const write = async (): Promise<void> => {
    const sentAt = performance.now();
    for (;;) {
      // A write without an answer is sent again, and takes until that one's.
      const stat = await zk.setData(path, DATA).catch(() => undefined);
      if (stat === undefined) continue;
      epochs.add(stat.mzxid >> 32n);
      times.push(performance.now() - sentAt);
      return;
    }
  };
  const startedAt = performance.now();
  const secondsSince = (): number => (performance.now() - startedAt) / 1000;
  if (perSecond === undefined) {
    while (secondsSince() < seconds) await write();
  } else {
    const running: Promise<void>[] = [];
    while (running.length < perSecond * seconds) {
      while (running.length < Math.min(seconds, secondsSince()) * perSecond) running.push(write());
      await delay(INTERVAL_MS);
    }
    await Promise.all(running);
  }
  return { type: "done", ...latenciesOf(times), leaderChanges: epochs.size - 1 };
}
