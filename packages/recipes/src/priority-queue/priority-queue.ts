import type { OperationOptions } from "@conclave/client";
import { ItemQueue } from "../queue/item-queue.js";
import { ITEM_STEM } from "../queue/queue-order.js";

const LARGEST = 0x7fff_ffff;

/** Options of putting an item into a {@link PriorityQueue}. */
export interface PutOptions extends OperationOptions {
  /** The smaller, the sooner: a whole number from 0 to 2^31 - 1. */
  readonly priority: number;
}

/**
 * Items of which the smallest priority is taken first, and the oldest within one; see {@link ItemQueue} for how. Nothing keeps
 * those that are put in with small ones from being before all others for ever.
 */
export class PriorityQueue<T> extends ItemQueue<T> {
  /** Puts like `Queue.put`. Rejects with a `TypeError` for an invalid priority. */
  async put(value: T, { priority, signal }: PutOptions): Promise<void> {
    if (!Number.isInteger(priority) || priority < 0 || priority > LARGEST) {
      throw new TypeError(`priority must be a whole number from 0 to ${LARGEST}, not ${String(priority)}`);
    }
    await this.putItem(`${ITEM_STEM}${String(priority).padStart(10, "0")}-`, value, { signal });
  }
}
