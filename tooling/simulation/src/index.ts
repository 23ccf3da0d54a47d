export { runSeed } from "./run/run-seeds.ts";
export type { SimulationOptions, SimulationResult } from "./run/simulate.ts";
export { type Exploration, type ExploreOptions, explore } from "./scopes/explore.ts";
export type { Budget } from "./scopes/model-state.ts";
export { runSeeds, type SeedQuestion, type SeedWorkersOptions } from "./soak/seed-workers.ts";
export { SoakTotals } from "./soak/soak-totals.ts";
