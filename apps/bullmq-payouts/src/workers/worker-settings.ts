/** Settings of a worker process, passed in its environment. */
export interface WorkerSettings {
  readonly servers: string;
  readonly redisUrl: string;
  readonly queue: string;
  readonly ledger: string;
  readonly instance: string;
  readonly sessionTimeoutMs: number;
  readonly transferMs: number;
}

/** Returns environment variables that {@link readWorkerSettings} reads. */
export function toEnvironment(settings: WorkerSettings): Record<string, string> {
  return { PAYOUT_WORKER: JSON.stringify(settings) };
}

/** Reads the settings that {@link toEnvironment} wrote. */
export function readWorkerSettings(env: NodeJS.ProcessEnv): WorkerSettings {
  if (env.PAYOUT_WORKER === undefined) {
    throw new Error("PAYOUT_WORKER is not set: start dist/main.js, which starts the workers with their settings");
  }
  return JSON.parse(env.PAYOUT_WORKER) as WorkerSettings;
}

/** Message that makes a worker process stop itself with SIGSTOP. */
export const PAUSE = "pause";
