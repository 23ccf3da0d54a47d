import {
  type GrantSettings,
  type OnSuspended,
  type RecipePlace,
  type ResolvedRecipe,
  resolveOnSuspended,
  resolveRecipe,
} from "../options/recipe-options.js";

/** Options of {@link LeaderElection}. A name means the path `/conclave/elections/<name>`. */
export type LeaderElectionOptions = RecipePlace &
  GrantSettings & {
    /**
     * Name of this participant, shown to others. It need not be unique.
     * @default `participant-` and eight random hexadecimal digits
     */
    readonly id?: string | undefined;
  };

/** Options with all defaults filled in. */
export interface ResolvedElectionOptions extends ResolvedRecipe {
  readonly id: string;
  readonly onSuspended: OnSuspended;
}

/** Checks options and fills in the defaults. Throws a `TypeError` that says which one is wrong. */
export function resolveElectionOptions(options: LeaderElectionOptions): ResolvedElectionOptions {
  const recipe = resolveRecipe("election", "elections", options);
  const id = options.id ?? `participant-${Buffer.from(recipe.random.bytes(4)).toString("hex")}`;
  return Object.freeze({ ...recipe, id, onSuspended: resolveOnSuspended(options.onSuspended) });
}
