import type { Repository } from "./repository.ts";
import type { Finding } from "./violation.ts";

/** Files that replace those of the example repository (`null` removes one). */
export interface Fixture {
  readonly title: string;
  readonly files: Readonly<Record<string, string | null>>;
}

/** A rule with its own tests. */
export interface Rule {
  /** Kebab-case; the name of its file. */
  readonly name: string;
  readonly check: (repository: Repository) => Iterable<Finding>;
  /** Fixtures that this rule must refuse, and no other. */
  readonly refuses: readonly [Fixture, ...Fixture[]];
  /** Fixtures of similar correct code, which no rule may refuse. */
  readonly allows: readonly Fixture[];
}
