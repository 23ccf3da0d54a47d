import type { Repository } from "./repository.ts";
import type { Finding } from "./violation.ts";

/** Files laid over the example house (`null` takes one away), and the violation that they show. */
export interface Plant {
  readonly title: string;
  readonly files: Readonly<Record<string, string | null>>;
}

/** One rule of the house, with the examples that prove it. */
export interface Rule {
  /** Kebab-case; the name of its file. */
  readonly name: string;
  readonly check: (repository: Repository) => Iterable<Finding>;
  /** Each makes this rule fail, and no other. */
  readonly refuses: readonly [Plant, ...Plant[]];
  /** Honest code that comes close; no rule may fail on it. */
  readonly allows: readonly Plant[];
}
