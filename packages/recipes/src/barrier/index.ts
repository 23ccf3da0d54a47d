export { AcquireTimeoutError } from "../acquire-timeout-error.js";
export type { WaitOptions } from "../wait-options.js";
export { Barrier, type BarrierOptions } from "./barrier.js";
