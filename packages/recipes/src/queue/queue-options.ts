import type { Codec } from "@conclave/client";
import {
  type GrantSettings,
  type OnSuspended,
  type RecipePlace,
  type ResolvedRecipe,
  resolveOnSuspended,
  resolveRecipe,
} from "../options/recipe-options.js";

/** Options of a queue. A name means a path below `/conclave/queues`. */
export type QueueOptions<T> = RecipePlace &
  GrantSettings & {
    /** Codec of the items. */
    readonly codec: Codec<T>;
    /**
     * Maximum number of items, including those that are taken. (A list of about ten thousand names is near the 1 MB limit of
     * a server's reply.) Concurrent producers may exceed it by one item each.
     * @default 10_000
     */
    readonly maxLength?: number | undefined;
    /**
     * Number of deliveries after which an item becomes a dead letter, so that an item that kills its consumers is not
     * delivered forever.
     * @default Infinity
     */
    readonly maxDeliveries?: number | undefined;
  };

/** Options with all defaults filled in. */
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
    if (!(value >= 1)) throw new TypeError(`${name} must be 1 or more, not ${String(value)}`);
  }
  const onSuspended = resolveOnSuspended(options.onSuspended);
  return Object.freeze({
    ...resolveRecipe("queue", "queues", options),
    ...{ codec, onSuspended, maxLength, maxDeliveries },
  });
}
