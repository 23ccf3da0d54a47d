import { isZkError, type ZooKeeper } from "@conclave/client";
import type { Recipe, RecipeKind } from "./recipe-kinds.js";

/** Requests in flight while a tree is searched. */
const CONCURRENCY = 64;
const LEASES = "/leases";
const QUEUE = "/locks";

/** Returns the recipes with a name in which processes take part, in the order of their paths within each folder. */
export async function namedRecipes(zk: ZooKeeper, kind: RecipeKind, signal: AbortSignal): Promise<readonly Recipe[]> {
  const recipes: Recipe[] = [];
  for (const folder of kind.folders) {
    const names = ((await childrenOf(zk, folder, signal)) ?? []).toSorted();
    for (const name of names) {
      const recipe = await kind.read(zk, `${folder}/${name}`, signal);
      if (recipe.entrants.length > 0) recipes.push(recipe);
    }
  }
  return recipes;
}

/** Returns the recipe that the text names, or has as its path. */
export async function oneRecipe(
  zk: ZooKeeper,
  kind: RecipeKind,
  nameOrPath: string,
  signal: AbortSignal,
): Promise<Recipe> {
  const paths = nameOrPath.startsWith("/")
    ? [nameOrPath]
    : kind.folders.map((folder) => `${folder}/${encodeURIComponent(nameOrPath)}`);
  const found = await Promise.all(paths.map((path) => kind.read(zk, path, signal)));
  return found.find(({ entrants }) => entrants.length > 0) ?? found[0]!;
}

/** Searches the tree at and below `top` for recipes, by the names of their znodes. Returns them in the order of their paths. */
export async function searchRecipes(
  zk: ZooKeeper,
  kind: RecipeKind,
  top: string,
  signal: AbortSignal,
): Promise<readonly Recipe[]> {
  const [found, semaphores] = [new Set<string>(), new Set<string>()];
  let level: readonly string[] = [top];
  while (level.length > 0) {
    const next: string[] = [];
    for (let from = 0; from < level.length; from += CONCURRENCY) {
      const part = level.slice(from, from + CONCURRENCY);
      const lists = await Promise.all(part.map((path) => childrenOf(zk, path, signal)));
      for (const [index, path] of part.entries()) {
        const names = lists[index] ?? [];
        const others = names.filter((name) => kind.entrantName?.test(name) !== true);
        const hasEntrants = others.length < names.length;
        if (names.includes(LEASES.slice(1)) && names.includes(QUEUE.slice(1))) semaphores.add(path);
        if (hasEntrants && path.endsWith(LEASES)) semaphores.add(path.slice(0, -LEASES.length) || "/");
        else if (hasEntrants) found.add(path);
        next.push(...others.map((name) => (path === "/" ? `/${name}` : `${path}/${name}`)));
      }
    }
    level = next;
  }
  // The queue of a semaphore has the layout of a mutex.
  const isQueue = (path: string): boolean => path.endsWith(QUEUE) && semaphores.has(path.slice(0, -QUEUE.length));
  const recipes: Recipe[] = [];
  for (const path of [...found, ...semaphores].filter((each) => !isQueue(each)).toSorted()) {
    const recipe = await kind.read(zk, path, signal);
    if (recipe.entrants.length > 0) recipes.push(recipe);
  }
  return recipes;
}

/** Returns `undefined` if the znode does not exist. */
async function childrenOf(zk: ZooKeeper, path: string, signal: AbortSignal): Promise<string[] | undefined> {
  try {
    return await zk.getChildren(path, { signal });
  } catch (error) {
    if (isZkError(error, "NO_NODE") || isZkError(error, "NO_AUTH")) return undefined;
    throw error;
  }
}
