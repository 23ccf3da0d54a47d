// For workers.

// What a grant's signal aborts with, for those who ask.
export { type GrantLostCode, GrantLostError, type OnSuspended } from "@conclave/recipes";
export { followSession, type SessionWorker } from "./follow-session.js";
export { guard } from "./guard.js";
export type { GuardOptions, JobLimit } from "./guard-options.js";
export { type GuardedWorkerOptions, guardedWorker } from "./guarded-worker.js";
// Cancelling.
export {
  type CancelOptions,
  type CancelRequest,
  type CancelWatch,
  JobCancellations,
  requestCancel,
} from "./job-cancellations.js";
export { JobCancelledError } from "./job-cancelled-error.js";
export type { GuardedProcessor, JobGrant } from "./job-grant.js";
// Schedules.
export { type DeclaredScheduler, type LeadSchedulersOptions, leadSchedulers } from "./lead-schedulers.js";
