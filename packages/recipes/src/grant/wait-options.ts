import type { AcquireOptions } from "./acquire-options.js";

/** Options of a wait for other processes. */
export type WaitOptions = Omit<AcquireOptions, "onPosition">;
