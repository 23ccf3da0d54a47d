export { AcquireTimeoutError } from "../grant/acquire-timeout-error.js";
export type { Grant } from "../grant/grant.js";
export { type GrantLostCode, GrantLostError } from "../grant/grant-lost-error.js";
export type { WaitOptions } from "../grant/wait-options.js";
export type { DeadLetter, ItemQueue } from "./item-queue.js";
export { Queue } from "./queue.js";
export { QueueFullError } from "./queue-full-error.js";
export type { QueueItem } from "./queue-item.js";
export type { QueueOptions } from "./queue-options.js";
