import { type Random, randomInt, systemRandom } from "@conclave/runtime";
import type { ServiceInstance } from "./service-instance.js";

/** Selects one of several instances. */
export interface SelectionStrategy {
  /** Returns one of `instances`, which are in the order of their ids; there is at least one. */
  select<P>(instances: readonly ServiceInstance<P>[]): ServiceInstance<P>;
}

/** Selects the instances in turn. */
export function roundRobin(): SelectionStrategy {
  let calls = 0;
  return { select: (instances) => instances[calls++ % instances.length]! };
}

/** Selects an instance at random, with equal probabilities. */
export function randomSelection(random: Random = systemRandom): SelectionStrategy {
  return { select: (instances) => instances[randomInt(random, instances.length)]! };
}

/** Selects the same instance as long as it is available, and then another one by the strategy `next`. */
export function stickySelection(next: SelectionStrategy = randomSelection()): SelectionStrategy {
  let id: string | undefined;
  return {
    select: (instances) => {
      const selected = instances.find((instance) => instance.id === id) ?? next.select(instances);
      id = selected.id;
      return selected;
    },
  };
}
