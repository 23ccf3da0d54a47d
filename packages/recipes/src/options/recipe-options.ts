import type { Acl } from "@conclave/client";
import { type Clock, type Logger, type Random, silentLogger, systemClock, systemRandom } from "@conclave/runtime";

/** Location of a recipe: a `name` below the recipe's own folder `/conclave/…`, or the `path` of its znode. */
export type RecipePlace =
  | { readonly name: string; readonly path?: undefined }
  | { readonly path: string; readonly name?: undefined };

/** Settings common to all recipes. */
export interface RecipeSettings {
  /**
   * ACL of the znodes that the recipe creates. It must grant READ to all participants, as they read each other's znodes.
   * @default OPEN_ACL_UNSAFE
   */
  readonly acl?: readonly Acl[] | undefined;
  /** @default silentLogger */
  readonly logger?: Logger | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** @default systemRandom */
  readonly random?: Random | undefined;
}

/** Additional settings of a recipe that grants something. */
export interface GrantSettings extends RecipeSettings {
  /**
   * Policy for a grant when the connection is lost and the session may still be alive. `revoke`: its signal aborts at once.
   * `keep`: it stays valid until the session expires by the client's clock, and is verified after a reconnection.
   * @default "revoke"
   */
  readonly onSuspended?: OnSuspended | undefined;
}

/** Policy for a grant when the connection is lost: see {@link GrantSettings}. */
export type OnSuspended = "revoke" | "keep";

/** Location and settings of a recipe, with all defaults filled in. */
export interface ResolvedRecipe {
  /** Name or, if there is none, path of the recipe, for messages. */
  readonly label: string;
  readonly path: string;
  readonly acl: readonly Acl[] | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Checks location and settings, and fills in the defaults. `kind` names the recipe in messages ("election"), `folder` is the
 * parent of names ("elections"). Throws a `TypeError` that says which option is wrong.
 */
export function resolveRecipe(kind: string, folder: string, options: RecipePlace & RecipeSettings): ResolvedRecipe {
  const { acl, logger = silentLogger, clock = systemClock, random = systemRandom } = options;
  if ((options.name === undefined) === (options.path === undefined)) {
    throw new TypeError(`${article(kind)} needs either a name or a path`);
  }
  const path = options.path === undefined ? namedPath(kind, folder, options.name) : checkedPath(kind, options.path);
  return { label: options.name ?? path, path, acl: acl && [...acl], logger, clock, random };
}

/** Returns the policy, by default `revoke`. Throws a `TypeError` for any other value. */
export function resolveOnSuspended(onSuspended: OnSuspended = "revoke"): OnSuspended {
  if (onSuspended === "revoke" || onSuspended === "keep") return onSuspended;
  throw new TypeError(`onSuspended must be "revoke" or "keep", not ${JSON.stringify(onSuspended)}`);
}

/** Returns `name` as one percent-encoded component of a path. Throws a `TypeError` for an invalid name. */
export function nameComponent(kind: string, name: string): string {
  if (typeof name !== "string" || name === "" || !isWellFormed(name)) {
    throw new TypeError(`${JSON.stringify(name)} cannot be the name of ${article(kind)}`);
  }
  const component = encodeURIComponent(name);
  return /^\.\.?$/.test(component) ? component.replaceAll(".", "%2E") : component;
}

function namedPath(kind: string, folder: string, name: string): string {
  return `/conclave/${folder}/${nameComponent(kind, name)}`;
}

/** Returns `path`. Throws a `TypeError` unless it is absolute and below the root. */
function checkedPath(kind: string, path: string): string {
  const isPath =
    typeof path === "string" &&
    /^(?:\/[^/]+)+$/.test(path) &&
    !/\/\.\.?(?:\/|$)/.test(path) &&
    !path.includes("\0") &&
    isWellFormed(path);
  if (!isPath) throw new TypeError(`${JSON.stringify(path)} cannot be the path of ${article(kind)}`);
  return path;
}

function isWellFormed(text: string): boolean {
  return !/[\ud800-\udfff]/u.test(text);
}

function article(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}
