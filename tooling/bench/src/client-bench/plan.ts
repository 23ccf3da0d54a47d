/** Operations that are measured. */
export const OPERATIONS = ["get", "set", "create"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Number of operations in flight. */
export const DEPTHS = [1, 64, 512] as const;
export type Depth = (typeof DEPTHS)[number];

/** A measurement: an operation at a depth. */
export interface Cell {
  readonly operation: Operation;
  readonly depth: Depth;
}

export const CELLS: readonly Cell[] = OPERATIONS.flatMap((operation) => DEPTHS.map((depth) => ({ operation, depth })));

/** Size of a znode's data. */
export const VALUE_BYTES = 100;

export interface Plan {
  readonly rounds: number;
  /** Duration of each cell, and of the warm-up of each operation. */
  readonly cellMs: number;
  readonly warmUpMs: number;
}

export const FULL: Plan = { rounds: 5, cellMs: 500, warmUpMs: 400 };
export const QUICK: Plan = { rounds: 2, cellMs: 120, warmUpMs: 150 };
