import type { OperationOptions } from "@conclave/client";
import { ItemQueue } from "../queue/item-queue.js";
import { ITEM_STEM } from "../queue/queue-order.js";

const LARGEST = 0x7fff_ffff;

/** Options of {@link PriorityQueue.put}. */
export interface PutOptions extends OperationOptions {
  /** Priority: a whole number from 0 to 2^31 - 1. The smallest is delivered first. */
  readonly priority: number;
}

/**
 * A queue that delivers the item with the smallest priority first, and the oldest of several; see {@link ItemQueue}. Items with
 * large priorities are not delivered as long as there are items with smaller ones.
 */
export class PriorityQueue<T> extends ItemQueue<T> {
  /** Puts an item as `Queue.put` does. Rejects with a `TypeError` for an invalid priority. */
  async put(value: T, { priority, signal }: PutOptions): Promise<void> {
    if (!Number.isInteger(priority) || priority < 0 || priority > LARGEST) {
      throw new TypeError(`priority must be a whole number from 0 to ${LARGEST}, not ${String(priority)}`);
    }
    await this.putItem(`${ITEM_STEM}${String(priority).padStart(10, "0")}-`, value, { signal });
  }
}
