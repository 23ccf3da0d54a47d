import { type Random, randomInt, systemRandom } from "@conclave/runtime";
import type { ServiceInstance } from "./service-instance.js";

/** Chooses one of several instances, which are in the order of their ids. There is one at least. */
export interface SelectionStrategy {
  select<P>(instances: readonly ServiceInstance<P>[]): ServiceInstance<P>;
}

/** One after the other. */
export function roundRobin(): SelectionStrategy {
  let turn = 0;
  return { select: (instances) => instances[turn++ % instances.length]! };
}

/** Any, each as often as the others. */
export function randomSelection(random: Random = systemRandom): SelectionStrategy {
  return { select: (instances) => instances[randomInt(random, instances.length)]! };
}

/** The same for as long as it is there; another strategy chooses the next. */
export function stickySelection(next: SelectionStrategy = randomSelection()): SelectionStrategy {
  let id: string | undefined;
  return {
    select: (instances) => {
      const chosen = instances.find((instance) => instance.id === id) ?? next.select(instances);
      id = chosen.id;
      return chosen;
    },
  };
}
