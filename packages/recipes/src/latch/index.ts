export { AcquireTimeoutError } from "../grant/acquire-timeout-error.js";
export type { WaitOptions } from "../grant/wait-options.js";
export { type CountDownOptions, Latch, type LatchOptions } from "./latch.js";
