import { isZkError, type ZooKeeper } from "@conclave/client";
import { type Clock, type Logger, onAbort, pause, type Random } from "@conclave/runtime";
import { backoffMs } from "../background/backoff.js";
import type { HealthMonitor } from "../health/health-monitor.js";
import type { Leadership, WonLeadership } from "./leadership.js";

/** Dependencies and options of {@link lead}. */
export interface LeadOptions {
  readonly zk: ZooKeeper;
  readonly election: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly health: HealthMonitor | undefined;
  readonly campaign: (signal: AbortSignal) => Promise<WonLeadership>;
}

/** Task that `LeaderElection.lead` runs while this participant leads. */
export type LeaderTask = (leadership: Leadership) => Promise<void> | void;

/** Implements `LeaderElection.lead`: ends when `signal` aborts, the task throws while leading, or the client has ended. */
export async function lead(task: LeaderTask, signal: AbortSignal, options: LeadOptions): Promise<void> {
  const { zk, election, logger, clock, random, health } = options;
  for (let failures = 0; !signal.aborted; ) {
    const healthy = (await health?.whileHealthy(signal)) ?? signal;
    let leadership: WonLeadership;
    try {
      leadership = await options.campaign(healthy);
    } catch (error) {
      if (signal.aborted) return;
      if (healthy.aborted) continue;
      if (isZkError(error, "CLOSED") || zk.state === "closed" || zk.state === "expired") throw error;
      const delayMs = backoffMs(++failures, random);
      logger.warn(`campaign for ${election} failed; retrying`, { error, delayMs });
      await pause(clock, delayMs, signal);
      continue;
    }
    failures = 0;
    await runAsLeader(task, leadership, healthy, options);
  }
}

/**
 * Runs the task once. When `signal` aborts, the signal of the leadership aborts too. The znode is deleted only after the task,
 * and tasks run by `ifLeader`, have ended, so that the next leader does not start before.
 */
async function runAsLeader(
  task: LeaderTask,
  leadership: WonLeadership,
  signal: AbortSignal,
  { election, logger }: LeadOptions,
): Promise<void> {
  const removeCallback = onAbort(signal, () => leadership.end("RELEASED"));
  try {
    // The leadership may have ended already, as after a pause of the process: do not start the task.
    if (!leadership.signal.aborted) await task(leadership);
  } catch (error) {
    if (!leadership.signal.aborted) throw error;
    // A task may stop by throwing once its signal has aborted.
    logger.debug(`the task of the leader of ${election} ended with its leadership`, { error });
  } finally {
    removeCallback();
    leadership.end("RELEASED");
    await leadership.idle();
    await leadership.release();
  }
}
