export { runSeed } from "./run/run-seeds.ts";
export type { SimulationOptions, SimulationResult } from "./run/simulate.ts";
