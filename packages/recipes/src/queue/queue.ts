import type { OperationOptions } from "@conclave/client";
import { ItemQueue } from "./item-queue.js";
import { ITEM_STEM } from "./queue-order.js";

/** Items in the order in which they were put in; see {@link ItemQueue} for how they are taken. */
export class Queue<T> extends ItemQueue<T> {
  /**
   * Puts an item in, once, also where the answer is lost and the session with it. Resolves with the name of its znode. Rejects
   * with a `QueueFullError` where too many wait.
   */
  put(value: T, options: OperationOptions = {}): Promise<string> {
    return this.putItem(ITEM_STEM, value, options);
  }
}
