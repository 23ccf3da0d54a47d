import {
  type GrantSettings,
  type OnSuspended,
  type RecipePlace,
  type ResolvedRecipe,
  resolveOnSuspended,
  resolveRecipe,
} from "../options/recipe-options.js";

/** Options of a lock. A name means a path below `/conclave/locks`. */
export type LockOptions = RecipePlace &
  GrantSettings & {
    /**
     * Name of this contender, shown to others. It need not be unique.
     * @default ""
     */
    readonly id?: string | undefined;
    /**
     * If true, `run` within `run` of the same object continues under the held grant. Calls are distinguished by their
     * asynchronous context, so other callers in the process still wait.
     * @default false
     */
    readonly reentrant?: boolean | undefined;
  };

/** Options with all defaults filled in. */
export interface ResolvedLock extends ResolvedRecipe {
  readonly id: string;
  readonly onSuspended: OnSuspended;
  readonly reentrant: boolean;
}

/** Checks options and fills in the defaults. Throws a `TypeError` that says which one is wrong. */
export function resolveLock(kind: string, folder: string, options: LockOptions): ResolvedLock {
  const { id = "", reentrant = false } = options;
  const recipe = resolveRecipe(kind, folder, options);
  return Object.freeze({ ...recipe, id, reentrant, onSuspended: resolveOnSuspended(options.onSuspended) });
}
