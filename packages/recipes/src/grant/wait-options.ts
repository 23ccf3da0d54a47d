import type { AcquireOptions } from "./acquire-options.js";

/** How to wait for others. */
export type WaitOptions = Omit<AcquireOptions, "onPosition">;
