export { AcquireTimeoutError } from "../grant/acquire-timeout-error.js";
export type { Grant } from "../grant/grant.js";
export { type GrantLostCode, GrantLostError } from "../grant/grant-lost-error.js";
export type { WaitOptions } from "../grant/wait-options.js";
export type { DeadLetter, ItemQueue } from "../queue/item-queue.js";
export { QueueFullError } from "../queue/queue-full-error.js";
export type { QueueItem } from "../queue/queue-item.js";
export type { QueueOptions } from "../queue/queue-options.js";
export { PriorityQueue, type PutOptions } from "./priority-queue.js";
