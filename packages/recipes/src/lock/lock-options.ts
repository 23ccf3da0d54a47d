import {
  type GrantSettings,
  type OnSuspended,
  type RecipePlace,
  type ResolvedRecipe,
  resolveOnSuspended,
  resolveRecipe,
} from "../options/recipe-options.js";

/** How a lock is made. A name stands for a path below `/conclave/locks`. */
export type LockOptions = RecipePlace &
  GrantSettings & {
    /**
     * What this contender is called by others. It need not be unique.
     * @default ""
     */
    readonly id?: string | undefined;
    /**
     * Whether `run` within `run` of the same object goes on under the grant that is held. The calls are told apart by their
     * asynchronous context, so that others in the process still wait.
     * @default false
     */
    readonly reentrant?: boolean | undefined;
  };

/** Options with nothing left open. */
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
