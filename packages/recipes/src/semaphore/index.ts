export type { AcquireOptions } from "../acquire-options.js";
export { AcquireTimeoutError } from "../acquire-timeout-error.js";
export type { Grant } from "../grant.js";
export { type GrantLostCode, GrantLostError } from "../grant-lost-error.js";
export type { LockContender } from "../lock/lock.js";
export { type PermitOptions, Semaphore, type SemaphoreOptions } from "./semaphore.js";
