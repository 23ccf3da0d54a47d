export { AcquireTimeoutError } from "../grant/acquire-timeout-error.js";
export type { WaitOptions } from "../grant/wait-options.js";
export { Barrier, type BarrierOptions } from "./barrier.js";
