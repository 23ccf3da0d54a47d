/** What is measured, and for how long. */
export const OPERATIONS = ["get", "set", "create"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Operations in flight at the same time. */
export const DEPTHS = [1, 64, 512] as const;
export type Depth = (typeof DEPTHS)[number];

/** One line of the result: an operation at a depth. */
export interface Cell {
  readonly operation: Operation;
  readonly depth: Depth;
}

export const CELLS: readonly Cell[] = OPERATIONS.flatMap((operation) => DEPTHS.map((depth) => ({ operation, depth })));

/** Bytes in a znode, written and read. */
export const VALUE_BYTES = 100;

export interface Plan {
  readonly rounds: number;
  /** How long each cell is measured, and each operation warmed up before. */
  readonly cellMs: number;
  readonly warmUpMs: number;
}

export const FULL: Plan = { rounds: 5, cellMs: 500, warmUpMs: 400 };
export const QUICK: Plan = { rounds: 2, cellMs: 120, warmUpMs: 150 };
