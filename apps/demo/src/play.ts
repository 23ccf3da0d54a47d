import type { Check } from "./check.js";
import type { Timeline } from "./timeline.js";

/** What every play has: the ensemble that all share, and where it tells what happens. */
export interface PlaySettings {
  /** Connect string of the shared ensemble, with a part of its tree that this play has to itself. */
  readonly servers: string;
  /** For its files; goes after the run. */
  readonly folder: string;
  readonly sessionTimeoutMs: number;
  readonly timeline: Timeline;
  /** Aborts when the run is to end early. */
  readonly signal: AbortSignal;
}

/** One sample app under the demo: started, disturbed, and judged from what it recorded. Disposing of it ends its processes. */
export interface Play extends AsyncDisposable {
  /** What is done to it while the others run. */
  run(): Promise<void>;
  /** Resolves when it works again, after the ensemble was away. */
  recovered(): Promise<void>;
  /** Stops it, and judges. */
  judge(): Promise<readonly Check[]>;
}
