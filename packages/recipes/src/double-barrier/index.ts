export { AcquireTimeoutError } from "../grant/acquire-timeout-error.js";
export { type GrantLostCode, GrantLostError } from "../grant/grant-lost-error.js";
export type { WaitOptions } from "../grant/wait-options.js";
export { DoubleBarrier, type DoubleBarrierOptions } from "./double-barrier.js";
export type { Passage } from "./passage.js";
