import type { Codec } from "@conclave/client";
import {
  type GrantSettings,
  type OnSuspended,
  type RecipePlace,
  type ResolvedRecipe,
  resolveOnSuspended,
  resolveRecipe,
} from "../options/recipe-options.js";

/** How a queue is made. A name stands for a path below `/conclave/queues`. */
export type QueueOptions<T> = RecipePlace &
  GrantSettings & {
    /** What items hold. */
    readonly codec: Codec<T>;
    /**
     * How many items may wait, those that are taken among them. (A list of some ten thousand names is near the 1 MB that a
     * server answers with at most.) Producers that put at the same time may go beyond by as many as they are.
     * @default 10_000
     */
    readonly maxLength?: number | undefined;
    /**
     * How often an item is delivered before it goes to the dead letters: one that kills each of its consumers would come again
     * for ever.
     * @default Infinity
     */
    readonly maxDeliveries?: number | undefined;
  };

/** Options with nothing left open. */
export interface ResolvedQueue<T> extends ResolvedRecipe {
  readonly codec: Codec<T>;
  readonly onSuspended: OnSuspended;
  readonly maxLength: number;
  readonly maxDeliveries: number;
}

/** Checks options and fills in the defaults. Throws a `TypeError` that says which one is wrong. */
export function resolveQueue<T>(options: QueueOptions<T>): ResolvedQueue<T> {
  const { codec, maxLength = 10_000, maxDeliveries = Number.POSITIVE_INFINITY } = options;
  for (const [name, value] of Object.entries({ maxLength, maxDeliveries })) {
    if (!(value >= 1)) throw new TypeError(`${name} is 1 or more, not ${String(value)}`);
  }
  const onSuspended = resolveOnSuspended(options.onSuspended);
  return Object.freeze({
    ...resolveRecipe("queue", "queues", options),
    ...{ codec, onSuspended, maxLength, maxDeliveries },
  });
}
