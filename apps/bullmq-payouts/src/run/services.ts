import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@conclave/client";
import { startEnsemble } from "@conclave/server";
import { startRedis } from "@conclave/services";
import { Redis } from "ioredis";

/** Redis of a run. */
export interface RunRedis {
  readonly url: string;
  /** Kills Redis and starts it again; only for a Redis that the run started. */
  readonly restart?: (() => Promise<void>) | undefined;
}

/** Ensemble, Redis and ledger file of a run. */
export interface Services extends AsyncDisposable {
  readonly servers: string;
  readonly redis: RunRedis;
  /** Path of the ledger, in a folder that is removed after the run. */
  readonly ledger: string;
}

/** Tick of the embedded server: an expired session is removed at most one tick after its timeout. */
const TICK_MS = 200;

/**
 * Uses the given services, and starts the others: an embedded server, and a local Redis with a durable log, so that it can
 * be killed. Rejects if a given service does not answer, because the queue and the workers would wait for it.
 */
export async function openServices(given: {
  readonly servers: string | undefined;
  readonly redisUrl: string | undefined;
}): Promise<Services> {
  if (given.redisUrl !== undefined) await checkRedis(given.redisUrl);
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

async function checkRedis(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 10_000, retryStrategy: () => null });
  let reason = "";
  redis.on("error", ({ message }: Error) => {
    reason = message;
  });
  try {
    await redis.ping();
  } catch (cause) {
    const hint = "start Redis there, or omit --redis and REDIS_URL to start one here";
    throw new Error(`no answer from Redis at ${url} (${reason || (cause as Error).message}): ${hint}`, { cause });
  } finally {
    redis.disconnect();
  }
}
