/** For `pnpm soak server` in the repository: this entry is not published. */
export { KillRounds } from "./crash/kill-rounds.js";
export { CRASHES_PER_SEED, runPowerLoss } from "./crash/power-loss.js";
