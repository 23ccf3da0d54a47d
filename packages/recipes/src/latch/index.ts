export { AcquireTimeoutError } from "../acquire-timeout-error.js";
export type { WaitOptions } from "../wait-options.js";
export { type CountDownOptions, Latch, type LatchOptions } from "./latch.js";
