import type { OperationOptions } from "@conclave/client";
import { ItemQueue } from "./item-queue.js";
import { ITEM_STEM } from "./queue-order.js";

/** A queue that delivers its items in the order of `put`; see {@link ItemQueue}. */
export class Queue<T> extends ItemQueue<T> {
  /**
   * Puts an item, exactly once even if the reply is lost. (If the session ends too, and the item is acknowledged before the
   * client can search for it, it is put again.) Rejects with a `QueueFullError` if there are `maxLength` items.
   */
  put(value: T, options: OperationOptions = {}): Promise<void> {
    return this.putItem(ITEM_STEM, value, options);
  }
}
