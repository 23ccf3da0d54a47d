/** How much is measured. */
export interface Plan {
  readonly rounds: number;
  /** How often everything is done before it counts: until the compilers of all have done their work. */
  readonly warmUps: number;
  /** How often each step of a recipe is done while its requests are counted. */
  readonly costRounds: number;
  /** How long contenders hand a mutex over before it counts, and while it does. */
  readonly handOverWarmMs: number;
  readonly handOverMs: number;
  /** How many contenders there are. */
  readonly contenders: readonly number[];
  /** How often a leader resigns to make a figure. */
  readonly resignations: number;
  /** How many clients enter the double barriers, and how many barriers those are. */
  readonly barrierClients: readonly number[];
  readonly barriers: number;
}

const SIZES = { contenders: [2, 10, 50], barrierClients: [50, 100, 200] } as const;

export const FULL: Plan = {
  ...SIZES,
  rounds: 9,
  warmUps: 3,
  costRounds: 3,
  handOverWarmMs: 200,
  handOverMs: 800,
  resignations: 20,
  barriers: 3,
};

export const QUICK: Plan = {
  ...SIZES,
  rounds: 2,
  warmUps: 1,
  costRounds: 1,
  handOverWarmMs: 200,
  handOverMs: 400,
  resignations: 10,
  barriers: 2,
};

/** Of the sessions whose leader is killed: the least that the servers allow. */
export const KILLED_SESSION_TIMEOUT_MS = 4_000;
/** How long one who stands in an election has for its watch, before the leader goes. */
export const SETTLE_MS = 15;
