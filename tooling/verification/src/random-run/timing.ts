import { pause, type Random, systemClock } from "@conclave/runtime";

/** Session timeout of clients without faults, in milliseconds: as long as the servers of the runs grant. */
export const STEADY_SESSION_MS = 60_000;

/** Resolves after a random time between `fromMs` and `toMs` milliseconds. */
export function between(random: Random, fromMs: number, toMs: number): Promise<void> {
  return pause(systemClock, fromMs + random.float() * (toMs - fromMs));
}

/** Resolves when `happened` settles, or after `ms` milliseconds; the event may then still occur. */
export async function atMost(ms: number, happened: Promise<unknown>): Promise<void> {
  const settled = happened.catch(() => {});
  await Promise.race([settled, pause(systemClock, ms)]);
}
