export { AcquireTimeoutError } from "../acquire-timeout-error.js";
export { type GrantLostCode, GrantLostError } from "../grant-lost-error.js";
export type { WaitOptions } from "../wait-options.js";
export { DoubleBarrier, type DoubleBarrierOptions } from "./double-barrier.js";
export type { Passage } from "./passage.js";
