import type { Acl } from "@conclave/client";
import { type Clock, type Logger, type Random, silentLogger, systemClock, systemRandom } from "@conclave/runtime";

/** Which one: by `name`, below `/conclave/<the recipe's own folder>`, or by the `path` of its znode. */
export type RecipePlace =
  | { readonly name: string; readonly path?: undefined }
  | { readonly path: string; readonly name?: undefined };

/** What every recipe takes. */
export interface RecipeSettings {
  /**
   * The ACL of the znodes that it makes. Whoever takes part reads the znodes of the others and its own: give READ to all.
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

/** What a recipe that grants something takes besides. */
export interface GrantSettings extends RecipeSettings {
  /**
   * What happens to a grant when the connection is lost and the session may live on. `revoke`: its signal aborts at once.
   * `keep`: it goes on, at most until the session expires by our own clock, and is verified on reconnection.
   * @default "revoke"
   */
  readonly onSuspended?: OnSuspended | undefined;
}

/** What happens to a grant whose connection is lost: see {@link GrantSettings}. */
export type OnSuspended = "revoke" | "keep";

/** Where a recipe stands, and its settings with nothing left open. */
export interface ResolvedRecipe {
  /** The name or, where there is none, the path: for messages. */
  readonly label: string;
  readonly path: string;
  readonly acl: readonly Acl[] | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Checks place and settings, and fills in the defaults. `kind` is what messages call it ("election"), `folder` where names
 * lie ("elections"). Throws a `TypeError` that says what is wrong.
 */
export function resolveRecipe(kind: string, folder: string, options: RecipePlace & RecipeSettings): ResolvedRecipe {
  const { acl, logger = silentLogger, clock = systemClock, random = systemRandom } = options;
  if ((options.name === undefined) === (options.path === undefined)) {
    throw new TypeError(`${article(kind)} has either a name or a path`);
  }
  const path = options.path === undefined ? namedPath(kind, folder, options.name) : checkedPath(kind, options.path);
  return { label: options.name ?? path, path, acl: acl && [...acl], logger, clock, random };
}

/** The policy, by default `revoke`. Throws a `TypeError` for another word. */
export function resolveOnSuspended(onSuspended: OnSuspended = "revoke"): OnSuspended {
  if (onSuspended === "revoke" || onSuspended === "keep") return onSuspended;
  throw new TypeError(`onSuspended is "revoke" or "keep", not ${JSON.stringify(onSuspended)}`);
}

/** `name` as one component of a path, percent-encoded. Throws a `TypeError` for one that cannot be. */
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

/** `path` itself. Throws a `TypeError` unless it is absolute and below the root. */
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
