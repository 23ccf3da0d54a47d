import type { AcquireOptions } from "./acquire-options.js";

/** Options of a wait that has no queue. */
export type WaitOptions = Omit<AcquireOptions, "onPosition">;
