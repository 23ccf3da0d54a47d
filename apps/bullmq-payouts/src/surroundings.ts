import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@conclave/client";
import { startEnsemble } from "@conclave/server";
import { startRedis } from "@conclave/services";
import { Redis } from "ioredis";
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

/**
 * Takes what is given, and starts the rest: an embedded server, and a Redis of this machine that survives being killed.
 * Rejects where what is given does not answer: the queue and the workers would wait for it.
 */
export async function openSurroundings(given: {
  readonly servers: string | undefined;
  readonly redisUrl: string | undefined;
}): Promise<Surroundings> {
  if (given.redisUrl !== undefined) await greetRedis(given.redisUrl);
  if (given.servers !== undefined) await (await connect(given.servers, { connectTimeoutMs: 10_000 })).close();
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

async function greetRedis(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 10_000, retryStrategy: () => null });
  let reason = "";
  redis.on("error", ({ message }: Error) => {
    reason = message;
  });
  try {
    await redis.ping();
  } catch (cause) {
    const hint = "start one there, or name none, and one is started here";
    throw new Error(`no Redis answers at ${url} (${reason || (cause as Error).message}): ${hint}`, { cause });
  } finally {
    redis.disconnect();
  }
}
