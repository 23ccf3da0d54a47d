import type { OperationOptions } from "@conclave/client";
import { ItemQueue } from "./item-queue.js";
import { ITEM_STEM } from "./queue-order.js";

/** Items in the order in which they were put in; see {@link ItemQueue} for how they are taken. */
export class Queue<T> extends ItemQueue<T> {
  /**
   * Puts an item in, once, also where the answer is lost. (Where the session ended with it, and the item was done before it
   * could be looked for, it is put in again: at least once.) Rejects with a `QueueFullError` where too many wait.
   */
  put(value: T, options: OperationOptions = {}): Promise<void> {
    return this.putItem(ITEM_STEM, value, options);
  }
}
