export { AcquireTimeoutError } from "../acquire-timeout-error.js";
export type { Grant } from "../grant.js";
export { type GrantLostCode, GrantLostError } from "../grant-lost-error.js";
export type { DeadLetter, ItemQueue } from "../queue/item-queue.js";
export { QueueFullError } from "../queue/queue-full-error.js";
export type { QueueItem } from "../queue/queue-item.js";
export type { QueueOptions } from "../queue/queue-options.js";
export type { WaitOptions } from "../wait-options.js";
export { PriorityQueue, type PutOptions } from "./priority-queue.js";
