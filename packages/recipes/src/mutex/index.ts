export type { AcquireOptions } from "../grant/acquire-options.js";
export { AcquireTimeoutError } from "../grant/acquire-timeout-error.js";
export type { Grant } from "../grant/grant.js";
export { type GrantLostCode, GrantLostError } from "../grant/grant-lost-error.js";
export type { Lock, LockContender } from "../lock/lock.js";
export type { LockGrant } from "../lock/lock-grant.js";
export { Mutex, type MutexOptions } from "./mutex.js";
