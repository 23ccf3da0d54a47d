export { GrantLostError, type LockGrant, type OnSuspended } from "@conclave/recipes";
export { type LockId, LockRequestError, OwnedLocks, type OwnedLocksOptions } from "./owned-locks.js";
