/** How a worker process runs, from its environment. */
export interface WorkerSettings {
  readonly servers: string;
  readonly redisUrl: string;
  readonly queue: string;
  readonly ledger: string;
  readonly instance: string;
  readonly sessionTimeoutMs: number;
  readonly transferMs: number;
}

/** What to give {@link readWorkerSettings} in a process that is to have these settings. */
export function toEnvironment(settings: WorkerSettings): Record<string, string> {
  return { PAYOUT_WORKER: JSON.stringify(settings) };
}

/** The settings that {@link toEnvironment} wrote. */
export function readWorkerSettings(env: NodeJS.ProcessEnv): WorkerSettings {
  if (env.PAYOUT_WORKER === undefined)
    throw new Error("a worker is started by dist/main.js, which hands it its settings");
  return JSON.parse(env.PAYOUT_WORKER) as WorkerSettings;
}

/** The message on which a worker process stops where it stands. */
export const PAUSE = "pause";
