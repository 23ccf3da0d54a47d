import type { Timeline } from "./timeline.js";

/** Settings that all scenarios of a run share, except for `servers`. */
export interface ScenarioSettings {
  /** Connect string of the shared ensemble; its chroot is for this scenario alone. */
  readonly servers: string;
  /** Folder for files of the run; it is deleted afterwards. */
  readonly folder: string;
  readonly sessionTimeoutMs: number;
  /** Time that a takeover may take beyond the session timeout. */
  readonly slackMs: number;
  readonly timeline: Timeline;
  /** Aborts when the run must end early. */
  readonly signal: AbortSignal;
}

/** One sample app under the demo: started, disturbed, and judged from its own records. Disposal ends its processes. */
export interface Scenario extends AsyncDisposable {
  /** Starts the app and injects its faults. Resolves when the app has recovered from the last one. */
  run(): Promise<void>;
  /** Resolves when the app works again after a fail-over of the ensemble. */
  recovered(): Promise<void>;
  /** Stops the app and checks its records. */
  judge(): Promise<readonly Check[]>;
}

/** Result of one check of the verdict. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  /** The figures that led to the result. */
  readonly because: string;
}
