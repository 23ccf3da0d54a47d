import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEnsemble } from "@conclave/server";
import { startRedis } from "@conclave/services";
import type { RunRedis } from "./conduct.js";

/** What a run needs around it. */
export interface Surroundings extends AsyncDisposable {
  readonly servers: string;
  readonly redis: RunRedis;
  /** The file of the ledger, in a folder that goes with the run. */
  readonly ledger: string;
}

/** Short ticks: sessions end within one of them after their timeout. */
const TICK_MS = 200;

/** Takes what is given, and starts the rest: an embedded server, and a Redis of this machine that survives being killed. */
export async function openSurroundings(given: {
  readonly servers: string | undefined;
  readonly redisUrl: string | undefined;
}): Promise<Surroundings> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "bullmq-payouts-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const redis = given.redisUrl === undefined ? stack.use(await startRedis({ durable: true })) : { url: given.redisUrl };
  const servers = given.servers ?? stack.use(await startEnsemble({ tickTimeMs: TICK_MS })).connectString;
  const all = stack.move();
  return {
    servers,
    redis,
    ledger: join(folder, "ledger.sqlite"),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
