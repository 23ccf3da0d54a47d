/** Sizes of a measurement. */
export interface Plan {
  readonly rounds: number;
  /** Number of rounds that are not counted, until the compilers have optimized the code. */
  readonly warmUps: number;
  /** Number of repetitions of each step while its requests are counted. */
  readonly costRounds: number;
  /** Duration of hand-overs before they are counted, and while they are. */
  readonly handOverWarmMs: number;
  readonly handOverMs: number;
  /** Numbers of contenders for a mutex. */
  readonly contenders: readonly number[];
  /** Number of resignations per figure. */
  readonly resignations: number;
  /** Numbers of clients of the double barriers, and number of barriers. */
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

/** Session timeout of a leader that is killed: the smallest that both servers allow. */
export const KILLED_SESSION_TIMEOUT_MS = 4_000;
/** Time for a waiting candidate to leave its watch, before the leader resigns. */
export const SETTLE_MS = 15;
