export type { AcquireOptions } from "../acquire-options.js";
export { AcquireTimeoutError } from "../acquire-timeout-error.js";
export type { Grant } from "../grant.js";
export { type GrantLostCode, GrantLostError } from "../grant-lost-error.js";
export type { Lock } from "../lock/lock.js";
export { MultiLock, type MultiLockOptions } from "./multi-lock.js";
