// For users.

export { type GrantLostCode, GrantLostError, type OnSuspended } from "@conclave/recipes";
export {
  type CancellationOptions,
  type CancellationRequest,
  type CancellationWatch,
  JobCancellations,
  JobCancelledError,
  requestCancellation,
} from "./cancellation/job-cancellations.js";
export type { GuardOptions, JobLimit } from "./guard/guard-options.js";
export { guardProcessor } from "./guard/guard-processor.js";
export type { GuardedProcessor, JobGrant } from "./guard/job-grant.js";
export { type DeclaredScheduler, type LeadSchedulersOptions, leadSchedulers } from "./schedulers/lead-schedulers.js";
export { type GuardedWorkerOptions, guardedWorker } from "./worker/guarded-worker.js";
export { type PausableWorker, pauseWhileDisconnected } from "./worker/pause-while-disconnected.js";
